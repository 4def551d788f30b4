import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Outlet, useMatchRoute } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { isProblem } from '../api/client.ts';
import { eventPageQuery, livePageQuery } from '../api/queries.ts';
import type { EventPage } from '../api/types.ts';
import { ErrorNotice } from '../components/notice.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { MissingPermission } from '../shell/missing-permission.tsx';
import { EmptyLog } from './empty-log.tsx';
import { EventTable, EventTableSkeleton } from './event-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { LivePill } from './live-pill.tsx';
import { Pager } from './pager.tsx';
import { RangePicker } from './range-picker.tsx';
import { isOpenEnded, type LogSearch } from './search.ts';
import { useLogKeys } from './use-log-keys.ts';

const route = getRouteApi('/inside/orgs/$org/events');

export function LogPage() {
  const org = useOrg();
  const search = route.useSearch();
  const { api } = useSession();
  const page = useQuery(eventPageQuery(api, org.id, search));
  const live = useLive(org.id, search, page.isPlaceholderData ? undefined : page.data);
  const list = useRef<HTMLDivElement>(null);
  const matchRoute = useMatchRoute();
  const opened = matchRoute({ to: '/orgs/$org/events/$key' });
  const key = opened ? opened.key : undefined;
  useLogKeys(page.data?.events ?? [], key);
  const cursor = search.cursor;
  useEffect(() => list.current?.scrollTo({ top: 0 }), [cursor]);
  const forbidden = isProblem(page.error, 403) ? page.error : undefined;
  if (forbidden)
    return (
      <MissingPermission
        problem={forbidden}
        permission="LOG-MANAGEMENT"
        purpose={`read the audit log of ${org.name}`}
      />
    );
  const showNew = () => {
    live.show();
    list.current?.scrollTo({ top: 0 });
  };
  return (
    <>
      <title>{`Audit log · ${org.name} · Auditorium`}</title>
      <header className="flex shrink-0 items-center gap-3 px-5 pt-4 pb-3">
        <h1 className="text-lg font-semibold tracking-tight">Audit log</h1>
        <LivePill count={live.count} capped={live.capped} following={live.following} onShow={showNew} />
        <div className="flex-1" />
        <RangePicker />
      </header>
      <FilterBar events={page.data?.events ?? []} />
      <div className="relative flex min-h-0 flex-1 border-t border-line">
        <section
          aria-label="Events"
          className="@container flex min-w-0 flex-1 flex-col"
          aria-busy={page.isFetching}
        >
          <div ref={list} className="quiet-scroll min-h-0 flex-1 overflow-auto overscroll-contain">
            {page.error && !page.data ? (
              <ErrorNotice
                error={page.error}
                retry={() => void page.refetch()}
                title="The log could not be read"
              />
            ) : !page.data ? (
              <EventTableSkeleton />
            ) : page.data.events.length === 0 ? (
              <EmptyLog search={search} newest={page.data.newest ?? null} />
            ) : (
              <EventTable events={page.data.events} selected={key} stale={page.isPlaceholderData} />
            )}
          </div>
          {page.data && page.data.events.length > 0 && <Pager page={page.data} />}
        </section>
        <Outlet />
      </div>
    </>
  );
}

/** Counts what is new since the page was read. Lines move only when the reader asks for it, or where there are none yet. */
function useLive(org: string, search: LogSearch, page: EventPage | undefined) {
  const { api } = useSession();
  const queries = useQueryClient();
  // Measured once for each page: a range that ends later today stays open for as long as the page is looked at.
  const [openedAt] = useState(() => Date.now());
  const following = search.cursor === undefined && isOpenEnded(search, openedAt);
  const live = useQuery(livePageQuery(api, org, search, following && page !== undefined));
  const known = new Set(page?.events.map((event) => event.key));
  const fresh =
    page && live.data && following ? live.data.events.filter((event) => !known.has(event.key)) : [];
  const { data } = live;
  const show = () => {
    if (data) queries.setQueryData(eventPageQuery(api, org, search).queryKey, data);
  };
  const fill = page?.events.length === 0 && fresh.length > 0;
  useEffect(() => {
    if (fill && data) queries.setQueryData(eventPageQuery(api, org, search).queryKey, data);
  }, [fill, data, queries, api, org, search]);
  return {
    count: fill ? 0 : fresh.length,
    capped: fresh.length > 0 && fresh.length === live.data?.events.length,
    following: following && page !== undefined && !live.isError,
    show,
  };
}

import { getRouteApi, useLocation, useNavigate } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, ChevronsLeft } from 'lucide-react';
import type { EventPage } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { count, shortTime } from '../format/time.ts';
import { useOrg } from '../shell/me-context.tsx';
import { useZone } from '../shell/preferences.ts';
import { useNow } from '../shell/use-now.ts';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** Cursors of the newer pages on the way to this one, '' for the first: the server only knows the way to older ones. */
    trail?: string[];
  }
}

const route = getRouteApi('/inside/orgs/$org/events');

export function Pager({ page }: { page: EventPage }) {
  const { cursor } = route.useSearch();
  const trail = useLocation({ select: (location) => location.state.trail ?? [] });
  const org = useOrg();
  const navigate = useNavigate();
  const [zone] = useZone();
  const now = useNow();
  const go = (to: string | undefined, next: string[]) =>
    void navigate({
      to: '/orgs/$org/events',
      params: { org: org.slug },
      search: (search) => {
        const { cursor: _cursor, ...rest } = search;
        return to ? { ...rest, cursor: to } : rest;
      },
      state: (state) => ({ ...state, trail: next }),
    });
  const [first, last] = [page.events[0], page.events.at(-1)];
  return (
    <nav
      aria-label="Pages"
      className="flex h-11 shrink-0 items-center gap-2 border-t border-line px-5 text-xs text-faint"
    >
      <span className="min-w-0 flex-1 truncate tabular" data-testid="page-extent">
        {count(page.events.length, 'event')}
        {first && last && (
          <span className="hidden @xl:inline">
            , {shortTime(first.time, zone, now)} back to {shortTime(last.time, zone, now)}
          </span>
        )}
      </span>
      {cursor !== undefined && (
        <Button look="ghost" size="xs" onClick={() => go(undefined, [])} data-testid="page-newest">
          <ChevronsLeft /> Newest
        </Button>
      )}
      <Button
        size="xs"
        disabled={cursor === undefined || trail.length === 0}
        onClick={() => go(trail.at(-1), trail.slice(0, -1))}
        data-testid="page-newer"
      >
        <ChevronLeft /> Newer
      </Button>
      <Button
        size="xs"
        disabled={!page.next}
        onClick={() => go(page.next ?? undefined, [...trail, cursor ?? ''])}
        data-testid="page-older"
      >
        Older <ChevronRight />
      </Button>
    </nav>
  );
}

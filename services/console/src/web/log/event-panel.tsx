import { Tabs } from '@base-ui/react/tabs';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Link2, X } from 'lucide-react';
import { isProblem } from '../api/client.ts';
import { eventQuery } from '../api/queries.ts';
import type { EventPage } from '../api/types.ts';
import type { ShownEvent } from '../api/readers.ts';
import { ActorMark } from '../components/avatar.tsx';
import { buttonStyle } from '../components/button.tsx';
import { CopyButton } from '../components/copy.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { TimeStamp } from '../components/time-stamp.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { EventDetails } from './event-details.tsx';
import { EventSentence } from './event-sentence.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { RawEvent } from './raw-event.tsx';
import { plainSentence } from './sentence.ts';

const route = getRouteApi('/inside/orgs/$org/events/$key');
const tab =
  'h-9 border-b-2 border-transparent px-0.5 text-sm font-medium text-faint hover:text-ink data-active:border-ink data-active:text-ink';

/** One event whole, beside the list it was opened from, under an address of its own. */
export function EventPanel() {
  const { key } = route.useParams();
  const org = useOrg();
  const { api } = useSession();
  const queries = useQueryClient();
  const listed = () => {
    const pages = queries.getQueriesData<EventPage>({ queryKey: ['events', org.id] });
    const event = pages.flatMap(([, page]) => page?.events ?? []).find((each) => each.key === key);
    return event && { event, proof: { segment: null, sequence: null, windows: [] }, settled: false };
  };
  const shown = useQuery({ ...eventQuery(api, org.id, key), placeholderData: listed });
  return (
    <aside
      aria-label="Event"
      data-testid="event-panel"
      className="absolute inset-y-0 right-0 z-30 flex w-full max-w-140 flex-col border-l border-line bg-page shadow-[-12px_0_32px_-16px_rgb(0_0_0/18%)] xl:static xl:w-[46%] xl:shrink-0 xl:shadow-none"
    >
      {shown.data ? (
        <Opened shown={shown.data} proofPending={shown.isPlaceholderData} />
      ) : (
        <>
          <div className="flex justify-end p-3">
            <Close />
          </div>
          {isProblem(shown.error, 404) ? (
            <Notice icon={<Link2 />} title="No such event" testId="event-missing">
              The address may be incomplete, or the event was purged at the end of its retention.
            </Notice>
          ) : shown.error ? (
            <ErrorNotice error={shown.error} retry={() => void shown.refetch()} />
          ) : (
            <PanelSkeleton />
          )}
        </>
      )}
    </aside>
  );
}

function Opened({ shown, proofPending }: { shown: ShownEvent; proofPending: boolean }) {
  const { event } = shown;
  return (
    <Tabs.Root defaultValue="details" className="flex min-h-0 flex-1 flex-col">
      <title>{`${plainSentence(event)} · Auditorium`}</title>
      <header className="shrink-0 border-b border-line px-5 pt-3">
        <div className="flex items-center gap-2">
          <OutcomeBadge outcome={event.data.outcome} />
          <TimeStamp time={event.time} className="text-xs text-faint" />
          <span className="flex-1" />
          <CopyButton text={location.href} label="Copy link to this event" size="icon">
            <span className="sr-only">Copy link</span>
          </CopyButton>
          <Close />
        </div>
        <h2 className="mt-2.5 flex items-start gap-2.5 text-lg leading-6 font-normal tracking-tight">
          <ActorMark
            type={event.data.actor.type}
            id={event.data.actor.id}
            name={event.actorname}
            className="mt-0.5"
          />
          <EventSentence event={event} className="min-w-0 break-words" />
        </h2>
        <Tabs.List className="mt-2 flex gap-5">
          <Tabs.Tab value="details" className={tab}>
            Details
          </Tabs.Tab>
          <Tabs.Tab value="raw" className={tab} data-testid="raw-tab">
            JSON
          </Tabs.Tab>
        </Tabs.List>
      </header>
      <Tabs.Panel value="details" className="quiet-scroll min-h-0 flex-1 overflow-auto">
        <EventDetails shown={shown} proofPending={proofPending} />
      </Tabs.Panel>
      <Tabs.Panel value="raw" className="min-h-0 flex-1">
        <RawEvent event={event} />
      </Tabs.Panel>
    </Tabs.Root>
  );
}

function Close() {
  const org = useOrg();
  return (
    <Link
      to="/orgs/$org/events"
      params={{ org: org.slug }}
      search={true}
      aria-label="Close"
      title="Close (Esc)"
      className={buttonStyle({ look: 'ghost', size: 'icon' })}
    >
      <X />
    </Link>
  );
}

function PanelSkeleton() {
  return (
    <output className="grid gap-4 px-5" aria-label="Loading event">
      <span className="skeleton h-5 w-3/4" />
      {['w-1/2', 'w-2/3', 'w-1/3', 'w-3/5'].map((width) => (
        <span key={width} className={`skeleton h-3.5 ${width}`} />
      ))}
    </output>
  );
}

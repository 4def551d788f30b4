import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronRight, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { isProblem } from '../api/client.ts';
import { destinationQuery } from '../api/queries.ts';
import type { Destination } from '../api/types.ts';
import { CopyButton } from '../components/copy.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { TimeStamp } from '../components/time-stamp.tsx';
import { durationWords } from '../format/time.ts';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { MissingPermission } from '../shell/missing-permission.tsx';
import { useNow } from '../shell/use-now.ts';
import { AccessPolicies } from './access-policies.tsx';
import { causeLine } from './cause.ts';
import { ChangeLayout } from './change-layout.tsx';
import { DestinationActions } from './destination-actions.tsx';
import { DestinationHistory } from './destination-history.tsx';
import { addressOf, backlogWords, lagWords, StateBadge, stateMeaning } from './destination-state.tsx';
import { layoutInWords } from './layouts.ts';
import { WindowHistory } from './window-history.tsx';

const route = getRouteApi('/inside/orgs/$org/organisation/audit-events/$id');

export function DestinationPage() {
  const { id } = route.useParams();
  const org = useOrg();
  const { api } = useSession();
  const found = useQuery(destinationQuery(api, org.id, id));
  if (isProblem(found.error, 403) && !found.data)
    return (
      <MissingPermission problem={found.error} permission="LOG-MANAGEMENT" purpose="see this destination" />
    );
  return (
    <div className="quiet-scroll min-h-0 flex-1 overflow-auto" data-testid="destination-page">
      <div className="max-w-5xl px-6 pt-5 pb-12">
        <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-xs text-faint">
          <Link to="/orgs/$org/organisation" params={{ org: org.slug }} className="hover:text-ink">
            Organisation
          </Link>
          <ChevronRight className="size-3" />
          <Link
            to="/orgs/$org/organisation/audit-events"
            params={{ org: org.slug }}
            className="hover:text-ink"
          >
            Audit Events
          </Link>
        </nav>
        {found.data ? (
          <Found destination={found.data} />
        ) : isProblem(found.error, 404) ? (
          <Notice icon={<TriangleAlert />} title="No such destination">
            It may have been deleted.
          </Notice>
        ) : found.error ? (
          <ErrorNotice error={found.error} retry={() => void found.refetch()} />
        ) : (
          <Skeleton label="Loading destination" className="mt-4 h-40 rounded-lg" />
        )}
      </div>
    </div>
  );
}

function Found({ destination }: { destination: Destination }) {
  const org = useOrg();
  return (
    <>
      <title>{`${destination.name} · Audit Events · Auditorium`}</title>
      <header className="mt-1.5 flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold tracking-tight">{destination.name}</h1>
        <StateBadge state={destination.state} />
        <span className="flex-1" />
        {org.admin && <DestinationActions destination={destination} />}
      </header>
      <p className="mt-1 text-sm text-soft" data-testid="status">
        <span className="sr-only">Status: </span>
        {stateMeaning(destination.state)}
      </p>
      <LastError destination={destination} />
      <Health destination={destination} />
      <div className="mt-8 grid gap-8 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <Settings destination={destination} />
        <AccessPolicies destination={destination} />
      </div>
      <WindowHistory destination={destination} />
      <DestinationHistory destination={destination} />
    </>
  );
}

/** The one cause, in the provider's words, and its fix. */
function LastError({ destination: { lastError, state } }: { destination: Destination }) {
  if (!lastError || (state !== 'failing' && state !== 'conflict')) return null;
  return (
    <div
      role="alert"
      data-testid="last-error"
      className="mt-4 flex gap-3 rounded-lg border border-bad/25 bg-bad-soft px-4 py-3"
    >
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 text-sm">
        <p className="font-medium text-bad">{lastError.message}</p>
        {lastError.fix && <p className="mt-0.5 text-ink">{lastError.fix}</p>}
        <p className="mt-1.5 font-mono text-2xs break-all text-soft">
          {causeLine(lastError)}
          {lastError.at && (
            <>
              {' '}
              · <TimeStamp time={lastError.at} />
            </>
          )}
        </p>
      </div>
    </div>
  );
}

function Health({ destination }: { destination: Destination }) {
  const { lastSuccess, nextRetry, nextWindow } = destination;
  const now = useNow();
  const next = nextRetry ?? nextWindow;
  const isDue = next !== null && Date.parse(next) <= now;
  return (
    <dl className="mt-5 grid grid-cols-2 overflow-hidden rounded-lg border border-line sm:grid-cols-4 [&>div]:border-line [&>div+div]:border-l">
      <Figure label="Backlog">{backlogWords(destination)}</Figure>
      <Figure label="Lag">{lagWords(destination)}</Figure>
      <Figure label="Last success">{lastSuccess ? <TimeStamp time={lastSuccess} /> : 'Not yet'}</Figure>
      <Figure label={nextRetry === null && nextWindow !== null ? 'Next window' : 'Next try'}>
        {next === null ? '—' : isDue ? 'Now' : <TimeStamp time={next} />}
      </Figure>
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="px-4 py-3">
      <dt className="text-xs text-faint">{label}</dt>
      <dd className="mt-0.5 text-base font-medium tabular">{children}</dd>
    </div>
  );
}

function Settings({ destination }: { destination: Destination }) {
  const org = useOrg();
  const every = destination.windowSeconds > 0 ? `every ${durationWords(destination.windowSeconds)}` : '';
  const copied = (label: string, value: string): [string, string, ReactNode] => [
    label,
    value,
    <CopyButton key={label} text={value} label={`Copy ${label.toLowerCase()}`} />,
  ];
  const rows: [string, string, ReactNode][] = [
    copied('Address', addressOf(destination)),
    ['Region', destination.region, null],
    copied('Role', destination.roleArn),
    copied('External ID', destination.externalId),
    [
      'Layout',
      layoutInWords(destination.layout).label,
      org.admin && <ChangeLayout key="layout" destination={destination} />,
    ],
    ['Window', every, null],
  ];
  return (
    <section>
      <h2 className="text-base font-semibold">Settings</h2>
      <dl className="mt-2.5 rounded-lg border border-line" data-testid="settings">
        {rows
          .filter(([, value]) => value !== '')
          .map(([label, value, action]) => (
            <div
              key={label}
              className="flex min-h-10 items-center gap-3 border-b border-line px-4 py-1.5 last:border-0"
            >
              <dt className="w-20 shrink-0 text-faint">{label}</dt>
              <dd className="min-w-0 flex-1 font-mono text-xs break-all">{value}</dd>
              {action}
            </div>
          ))}
      </dl>
    </section>
  );
}

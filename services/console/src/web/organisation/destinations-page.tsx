import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArchiveRestore, ChevronRight, Plus, CircleArrowUp } from 'lucide-react';
import { useState } from 'react';
import { isProblem } from '../api/client.ts';
import { destinationsQuery } from '../api/queries.ts';
import type { Destination } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { TimeStamp } from '../components/time-stamp.tsx';
import { useSession } from '../session/session-context.tsx';
import { planName, useOrg } from '../shell/me-context.tsx';
import { MissingPermission } from '../shell/missing-permission.tsx';
import { backlogWords, lagWords, StateBadge } from './destination-state.tsx';
import { NewDestination } from './new-destination.tsx';
import { ReconciliationCard } from './reconciliation-card.tsx';

/** Plans that include destinations. The server decides; this only spares the reader a form that would be refused. */
const PLANS = new Set(['enterprise', 'enterprise-trial']);

export function DestinationsPage() {
  const org = useOrg();
  const { api } = useSession();
  const list = useQuery(destinationsQuery(api, org.id));
  const [creating, setCreating] = useState(false);
  if (isProblem(list.error, 403) && !list.data)
    return (
      <MissingPermission
        problem={list.error}
        permission="LOG-MANAGEMENT"
        purpose={`see where the events of ${org.name} are sent`}
      />
    );
  const included = PLANS.has(org.plan);
  const empty = list.data?.length === 0;
  const add = org.admin && included && (
    <Button
      look={empty ? 'outline' : 'solid'}
      size="md"
      onClick={() => setCreating(true)}
      data-testid="new-destination"
    >
      <Plus /> Connect a bucket
    </Button>
  );
  return (
    <div className="max-w-5xl px-6 py-5">
      <title>{`Audit Events · ${org.name} · Auditorium`}</title>
      <div className="flex items-start justify-between gap-6">
        <div>
          <h2 className="text-base font-semibold">Destinations</h2>
          <p className="mt-0.5 max-w-2xl text-sm text-pretty text-soft">
            Buckets of your own that receive every event, as gzipped lines of JSON, in order and exactly once.
          </p>
        </div>
        {!empty && add}
      </div>
      <div className="mt-4">
        {list.error && !list.data ? (
          <ErrorNotice
            error={list.error}
            retry={() => void list.refetch()}
            title="The destinations could not be read"
          />
        ) : !list.data ? (
          <Skeleton label="Loading destinations" className="h-28 rounded-lg" />
        ) : list.data.length > 0 ? (
          <DestinationTable destinations={list.data} />
        ) : included ? (
          <NoDestination add={add} />
        ) : (
          <NotInPlan />
        )}
      </div>
      {list.data && list.data.length > 0 && <ReconciliationCard />}
      <NewDestination open={creating} onOpenChange={setCreating} />
    </div>
  );
}

function NoDestination({ add }: { add: React.ReactNode }) {
  return (
    <div className="rounded-lg border border-dashed border-line-strong">
      <Notice
        testId="no-destination"
        icon={<ArchiveRestore />}
        title="No bucket connected"
        actions={add || undefined}
        className="py-12"
      >
        {add
          ? 'Connect an S3 bucket with a role that may only put objects. No key of yours is ever stored here.'
          : 'An organisation admin can connect one.'}
      </Notice>
    </div>
  );
}

function NotInPlan() {
  const org = useOrg();
  return (
    <div className="rounded-lg border border-dashed border-line-strong">
      <Notice testId="not-in-plan" icon={<CircleArrowUp />} title="Not part of your plan" className="py-12">
        {org.name} is on the {planName(org.plan)} plan. Destinations come with Enterprise; the log itself
        stays readable here.
      </Notice>
    </div>
  );
}

const head = 'h-9 px-4 text-left text-xs font-normal text-faint';
const cell = 'h-14 border-t border-line px-4 align-middle';

function DestinationTable({ destinations }: { destinations: Destination[] }) {
  return (
    <div className="overflow-x-auto rounded-lg border border-line">
      <table className="w-full min-w-160 border-separate border-spacing-0" data-testid="destinations">
        <thead className="bg-sunken">
          <tr>
            <th scope="col" className={head}>
              Bucket
            </th>
            <th scope="col" className={head}>
              State
            </th>
            <th scope="col" className={head}>
              Backlog
            </th>
            <th scope="col" className={head}>
              Lag
            </th>
            <th scope="col" className={head}>
              Last success
            </th>
            <th scope="col" className={head}>
              <span className="sr-only">Open</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {destinations.map((destination) => (
            <Row key={destination.id} destination={destination} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ destination }: { destination: Destination }) {
  const org = useOrg();
  const { lastError, state } = destination;
  const failing = (state === 'failing' || state === 'conflict') && lastError;
  return (
    <tr className="group relative hover:bg-hover" data-testid="destination">
      <td className={cell}>
        <Link
          to="/orgs/$org/organisation/audit-events/$id"
          params={{ org: org.slug, id: destination.id }}
          className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {destination.name}
        </Link>
        <span className="block max-w-80 truncate font-mono text-xs text-faint">
          {[
            destination.name === destination.bucket ? '' : destination.bucket,
            destination.prefix || '/',
            destination.region,
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </td>
      <td className={cell}>
        <StateBadge state={state} />
        {failing && (
          <span className="mt-1 block max-w-56 truncate text-xs text-bad">{lastError.message}</span>
        )}
      </td>
      <td className={`${cell} tabular`}>{backlogWords(destination)}</td>
      <td className={`${cell} tabular`}>{lagWords(destination)}</td>
      <td className={cell}>
        {destination.lastSuccess ? (
          <TimeStamp time={destination.lastSuccess} className="relative z-1 tabular" />
        ) : (
          <span className="text-faint">Not yet</span>
        )}
      </td>
      <td className={`${cell} w-10 pr-3`}>
        <ChevronRight className="size-4 text-faint" />
      </td>
    </tr>
  );
}

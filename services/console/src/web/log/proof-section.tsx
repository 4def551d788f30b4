import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, CircleDashed, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { destinationsQuery } from '../api/queries.ts';
import type { DeliveredWindow, Proof } from '../api/types.ts';
import { CopyButton } from '../components/copy.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { Section } from './section.tsx';

/** Where the event lies, as steps: in the ledger first, then in each object of the customer's. */
export function ProofSection({ proof, pending }: { proof: Proof; pending: boolean }) {
  return (
    <Section title="Proof of storage">
      {pending ? (
        <output className="grid gap-2" aria-label="Loading proof">
          <span className="skeleton h-3.5 w-2/3" />
          <span className="skeleton h-3.5 w-1/2" />
        </output>
      ) : (
        <ol data-testid="proof" className="grid gap-3.5">
          <Sealed proof={proof} />
          {proof.windows.map((window) => (
            <Delivered key={`${window.destination}/${window.window}`} window={window} />
          ))}
          {proof.segment !== null && proof.windows.length === 0 && (
            <Step icon={<CircleDashed className="text-faint" />} title="In no object yet">
              <p className="text-xs text-faint">
                No destination has planned a window with this event. It will, if one is connected and looks
                back this far.
              </p>
            </Step>
          )}
        </ol>
      )}
    </Section>
  );
}

function Sealed({ proof }: { proof: Proof }) {
  if (proof.segment === null) {
    return (
      <Step icon={<LoaderCircle className="animate-spin text-faint" />} title="Waiting to be sealed">
        <p className="text-xs text-faint">
          Accepted and kept. The ledger's next segment takes it within seconds.
        </p>
      </Step>
    );
  }
  return (
    <Step icon={<Check className="text-ok" />} title="Sealed in the ledger">
      {proof.sequence !== null && <Line label="Sequence" value={`#${proof.sequence.toLocaleString('en')}`} />}
      <Line label="Segment" value={proof.segment} copy />
    </Step>
  );
}

const STATE_TITLE: Record<string, string> = {
  delivered: 'Delivered to the bucket',
  planned: 'Planned for the bucket',
  open: 'Waiting for its window to close',
  conflict: 'Stopped by a conflict',
  quarantined: 'Quarantined: its layout cannot express it',
  filtered: "Left out by the destination's filter",
};

function Delivered({ window }: { window: DeliveredWindow }) {
  const icon =
    window.state === 'delivered' ? (
      <Check className="text-ok" />
    ) : window.state === 'conflict' || window.state === 'quarantined' ? (
      <TriangleAlert className="text-bad" />
    ) : (
      <CircleDashed className="text-faint" />
    );
  return (
    <Step icon={icon} title={STATE_TITLE[window.state] ?? window.state}>
      {window.destination && <DestinationLine id={window.destination} />}
      {window.window && <Line label="Window" value={window.window} />}
      {window.object && <Line label="Object" value={window.object} copy />}
    </Step>
  );
}

/** By name where it is still there; an id says little to a reader. */
function DestinationLine({ id }: { id: string }) {
  const org = useOrg();
  const { api } = useSession();
  const { data } = useQuery({ ...destinationsQuery(api, org.id), refetchInterval: false, staleTime: 60_000 });
  const found = data?.find((destination) => destination.id === id);
  if (!found) return <Line label="Destination" value={id} />;
  return (
    <p className="mt-0.5 flex min-h-6 items-start gap-2 text-xs">
      <span className="w-20 shrink-0 pt-0.5 text-faint">Destination</span>
      <Link
        to="/orgs/$org/organisation/audit-events/$id"
        params={{ org: org.slug, id }}
        className="min-w-0 pt-0.5 text-soft underline decoration-line-strong underline-offset-3 hover:text-ink"
      >
        {found.name}
      </Link>
    </p>
  );
}

function Step({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <li className="grid grid-cols-[1.25rem_minmax(0,1fr)] gap-2.5">
      <span
        aria-hidden
        className="mt-px inline-flex size-5 items-center justify-center rounded-full bg-hover [&_svg]:size-3"
      >
        {icon}
      </span>
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        {children}
      </div>
    </li>
  );
}

function Line({ label, value, copy }: { label: string; value: string; copy?: boolean }) {
  return (
    <p className="mt-0.5 flex min-h-6 items-start gap-2 text-xs">
      <span className="w-20 shrink-0 pt-0.5 text-faint">{label}</span>
      <span className="min-w-0 flex-1 pt-0.5 font-mono break-all text-soft tabular">{value}</span>
      {copy && <CopyButton text={value} label={`Copy ${label.toLowerCase()}`} />}
    </p>
  );
}

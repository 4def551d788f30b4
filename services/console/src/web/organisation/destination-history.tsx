import { useQuery } from '@tanstack/react-query';
import { historyQuery } from '../api/queries.ts';
import type { Destination, DestinationHistoryEntry } from '../api/types.ts';
import { cn } from '../components/class-names.ts';
import { TimeStamp } from '../components/time-stamp.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';

const WORDS: Record<string, string> = {
  created: 'Connected',
  changed: 'Settings changed',
  'region-found': 'Region found',
  tested: 'Tested',
  paused: 'Paused',
  resumed: 'Resumed',
  failed: 'Failing',
  conflicted: 'Stopped by a conflict',
  recovered: 'Delivering',
  deleted: 'Deleted',
};

/** What was done to a destination and what it met, newest first. */
export function DestinationHistory({ destination }: { destination: Destination }) {
  const org = useOrg();
  const { api } = useSession();
  const history = useQuery(historyQuery(api, org.id, destination.id));
  if (!history.data || history.data.length === 0) return null;
  return (
    <section className="mt-8">
      <h2 className="text-base font-semibold">History</h2>
      <ol className="mt-2.5 grid" data-testid="history">
        {history.data.map((entry) => (
          <Entry key={entry.version} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry }: { entry: DestinationHistoryEntry }) {
  const mark = entry.message === null ? 'bg-line-strong' : 'bg-bad-mark';
  return (
    <li className="grid grid-cols-[0.5rem_minmax(0,1fr)_auto] items-baseline gap-3 border-l border-line py-1.5 first:pt-0 last:pb-0">
      <span aria-hidden className={cn('-ml-[4.5px] size-2 rounded-full ring-4 ring-page', mark)} />
      <span>
        <span className="font-medium">{WORDS[entry.type] ?? entry.type}</span>
        {entry.by && <span className="text-faint"> by {entry.by}</span>}
        {entry.message && <span className="block text-xs text-soft">{entry.message}</span>}
      </span>
      <TimeStamp time={entry.at} className="text-xs text-faint tabular" />
    </li>
  );
}

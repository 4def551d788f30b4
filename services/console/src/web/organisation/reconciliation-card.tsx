import { useQuery } from '@tanstack/react-query';
import { Scale } from 'lucide-react';
import { useState } from 'react';
import { isProblem } from '../api/client.ts';
import { reconciliationQuery } from '../api/queries.ts';
import type { DestinationTerms, Reconciliation } from '../api/types.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { TimeStamp } from '../components/time-stamp.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';

/** The question every auditor has, and its answer as a sum that anyone can check. */
export function ReconciliationCard() {
  const org = useOrg();
  const { api } = useSession();
  const [asked, setAsked] = useState(false);
  const result = useQuery(reconciliationQuery(api, org.id, asked));
  const ask = () => {
    setAsked(true);
    if (asked) void result.refetch();
  };
  return (
    <section className="mt-8" data-testid="reconciliation">
      <div className="flex items-start justify-between gap-6">
        <div>
          <h2 className="text-base font-semibold">Is every event accounted for?</h2>
          <p className="mt-0.5 max-w-2xl text-sm text-pretty text-soft">
            Everything accepted, sealed, shown and delivered is counted on its own; then the counts are
            compared.
          </p>
        </div>
        <Button size="md" onClick={ask} disabled={result.isFetching} data-testid="reconcile">
          <Scale /> {result.isFetching ? 'Counting…' : asked ? 'Count again' : 'Count'}
        </Button>
      </div>
      {result.error && (
        <p role="alert" className="mt-3 text-sm text-bad">
          {isProblem(result.error) ? result.error.detail : String(result.error)}
        </p>
      )}
      {result.data && <Result reconciliation={result.data} />}
    </section>
  );
}

function Result({ reconciliation }: { reconciliation: Reconciliation }) {
  const { addsUp, head, problems, destinations, at } = reconciliation;
  return (
    <div className="mt-4 rounded-lg border border-line">
      <div className="flex items-center gap-3 px-4 py-3">
        <Badge tone={addsUp ? 'ok' : 'bad'}>{addsUp ? 'Everything adds up' : 'It does not add up'}</Badge>
        <span className="text-sm tabular">{head.toLocaleString('en')} events in the ledger</span>
        <span className="flex-1" />
        <TimeStamp time={at} className="text-xs text-faint" />
      </div>
      {problems.map((problem) => (
        <p key={problem} className="border-t border-line px-4 py-2 text-sm text-bad">
          {problem}
        </p>
      ))}
      {destinations.map((terms) => (
        <Terms key={terms.id} terms={terms} head={head} />
      ))}
    </div>
  );
}

const TERMS = ['delivered', 'pending', 'filtered', 'quarantined', 'expired'] as const;

function Terms({ terms, head }: { terms: DestinationTerms; head: number }) {
  const shown = TERMS.filter((name) => terms[name] > 0 || name === 'delivered' || name === 'pending');
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 gap-y-1 border-t border-line px-4 py-2.5 text-sm tabular">
      <span className="mr-2 min-w-48 font-medium">{terms.name}</span>
      <b className="font-medium">{(head - terms.start).toLocaleString('en')}</b>
      <span className="text-faint">{terms.addsUp ? '=' : '≠'}</span>
      {shown.map((name, index) => (
        <span key={name} className="text-soft">
          {index > 0 && <span className="mr-2 text-faint">+</span>}
          <b className="font-medium text-ink">{terms[name].toLocaleString('en')}</b> {name}
        </span>
      ))}
    </div>
  );
}

import { partitionOf, type Topics } from '@auditorium/events';
import { rawOffsetsOf, runOf } from '@auditorium/ledger';
import type pg from 'pg';
import { readSnapshot } from './postgres/read-snapshot.ts';
import {
  destinationEquation,
  type DestinationTerms,
  type Equation,
  type EnrichmentStop,
  type LedgerTerms,
  type LogTerms,
  partitionEquations,
  standingEquations,
  viewEquations,
  type ViewTerms,
} from './domain/reconciliation.ts';
import type { UnsealedVerdicts } from './domain/unsealed-verdicts.ts';
import { countUnsealed, readVerdicts } from './kafka/unsealed-tail.ts';
import { ledgerTerms } from './postgres/ledger-terms.ts';
import { headSegment } from './postgres/segment-at.ts';
import type { SegmentFooters } from './s3/segment-footers.ts';

/** What the view says of an org and its partition. */
export type Projected = Omit<ViewTerms, 'expected'>;

export interface ReconcileDependencies {
  readonly pool: pg.Pool;
  readonly brokers: readonly string[];
  readonly topics: Topics;
  readonly partitions: number;
  readonly footers: SegmentFooters;
  readonly now: () => Date;
  /** Counts each destination of the org in the caller's snapshot. */
  readonly destinationTerms: (
    client: pg.ClientBase,
    org: string,
    head: number,
  ) => Promise<DestinationTerms[]>;
  /** What the view has of an org; undefined when it cannot be asked. */
  readonly projectionOf: (org: string) => Promise<Projected | undefined>;
  /** The partitions in which enrichment stands still; undefined when it cannot be asked. */
  readonly stops: () => Promise<readonly EnrichmentStop[] | undefined>;
}

export type { EnrichmentStop } from './domain/reconciliation.ts';

/** The answer to "is everything accounted for?", with every term. */
export interface Reconciliation {
  readonly org: string;
  readonly at: string;
  readonly addsUp: boolean;
  /** The equations that do not hold. */
  readonly problems: Equation[];
  readonly equations: Equation[];
  /** Events of the org in the ledger. */
  readonly head: number;
  readonly partition: {
    readonly partition: number;
    readonly ledger: LedgerTerms;
    readonly log: LogTerms;
    /** Of what is not sealed: how many have which verdict already, and how many wait for one. */
    readonly verdicts: { accepted: number; rejected: number; repeats: number };
  };
  readonly view: ViewTerms | null;
  readonly destinations: (DestinationTerms & { addsUp: boolean })[];
}

/** Longest that reading the tails may take. */
const READING_MS = 20_000;

/**
 * Counts every term on its own and holds them against each other. The ledger and the destinations are read in one
 * snapshot; the view is asked next and the logs are read last, so what is counted there is never older than what it is
 * compared with.
 */
export async function reconcile(deps: ReconcileDependencies, org: string): Promise<Reconciliation> {
  const partition = partitionOf(org, deps.partitions);
  const { ledger, destinations } = await readSnapshot(deps.pool, async (client) => {
    const terms = await ledgerTerms(client, partition, org);
    return { ledger: terms, destinations: await deps.destinationTerms(client, org, terms.head) };
  });
  const [projection, stops] = await Promise.all([deps.projectionOf(org), deps.stops()]);
  const tail = { brokers: deps.brokers, partition, signal: AbortSignal.timeout(READING_MS) };
  const log = await countUnsealed(tail, deps.topics.raw, ledger.rawLast);
  const verdicts = await readVerdicts(tail, deps.topics.enriched, ledger, org);
  const view = projection ? await viewTerms(deps, org, ledger, verdicts, projection) : null;
  const equations = [
    ...partitionEquations(ledger, log),
    ...standingEquations(
      ledger,
      view,
      stops?.find((stop) => stop.partition === partition),
    ),
    ...viewEquations(view),
    ...destinations.map((terms) => destinationEquation(ledger.head, terms)),
  ];
  return {
    org,
    at: deps.now().toISOString(),
    head: ledger.head,
    view,
    equations,
    addsUp: equations.every((equation) => equation.holds),
    problems: equations.filter((equation) => !equation.holds),
    partition: {
      partition,
      ledger,
      log,
      verdicts: countsOf(verdicts),
    },
    destinations: destinations.map((terms) => ({
      ...terms,
      addsUp: destinationEquation(ledger.head, terms).holds,
    })),
  };
}

function countsOf({
  accepted,
  rejected,
  repeats,
}: UnsealedVerdicts): Reconciliation['partition']['verdicts'] {
  return { accepted, rejected, repeats };
}

/** View and ledger stand at different raw offsets; the ledger's count is moved to where the view stands. */
async function viewTerms(
  deps: ReconcileDependencies,
  org: string,
  ledger: LedgerTerms,
  verdicts: UnsealedVerdicts,
  projected: Projected,
): Promise<ViewTerms> {
  const { last } = projected;
  const behind = last < ledger.rawLast ? await sealedBetween(deps, org, last, ledger.rawLast) : 0;
  const expected = behind === null ? null : ledger.head - behind + verdicts.upTo(last);
  return { ...projected, expected };
}

/** How many segments back the comparison goes; a view that lags further is behind by its own account. */
const MOST_SEGMENTS = 100;

/** The org's sealed events with a raw offset above `after` and at most `last`, by its chain from the newest run back. */
async function sealedBetween(
  deps: ReconcileDependencies,
  org: string,
  after: number,
  last: number,
): Promise<number | null> {
  let count = 0;
  let key = await headSegment(deps.pool, org);
  for (let read = 0; key !== null; read += 1) {
    if (read === MOST_SEGMENTS) return null;
    const run = runOf(await deps.footers.of(key), org);
    if (!run || run.rawLast <= after) return count;
    count += rawOffsetsOf(run).filter((raw) => raw > after && raw <= last).length;
    key = run.previous;
  }
  return count;
}

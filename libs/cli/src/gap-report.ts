import type { ApiClient } from './api-client.ts';

/** Raw offsets, both inclusive. */
interface RawRange {
  readonly from: number;
  readonly to: number;
}

/** A partition that stands still somewhere on the path of its events. */
export interface StandingPartition {
  readonly partition: number;
  readonly where: 'enrichment' | 'ledger' | 'view';
  readonly code: string;
  readonly since: string;
  readonly detail: string;
  readonly range: RawRange | null;
  /** Raw offsets that wait behind it. */
  readonly waiting: number;
  readonly next: string;
}

/** What all services together say of partitions that stand still. */
export interface GapReport {
  readonly standing: readonly StandingPartition[];
  /** How far each reader of enriched has come. */
  readonly positions: readonly {
    readonly where: string;
    readonly partition: number;
    readonly last: number;
  }[];
  readonly losses: readonly (RawRange & { partition: number; reason: string; by: string; at: string })[];
  readonly refills: readonly {
    readonly partition: number;
    readonly from: number | null;
    readonly at: string;
    readonly done: string | null;
    readonly rememberedFrom: number | null;
  }[];
  /** Services that did not answer: of them nothing is known. */
  readonly unasked: readonly { readonly service: string; readonly error: string }[];
}

interface EnrichmentAnswer extends Pick<GapReport, 'losses' | 'refills'> {
  readonly partitions: readonly (Omit<StandingPartition, 'where' | 'range'> & { lost: RawRange | null })[];
}

interface ReaderAnswer {
  readonly partitions: readonly {
    readonly partition: number;
    readonly last: number;
    readonly waiting: number;
    readonly gap: (RawRange & { since: string }) | null;
    readonly stopped: { readonly code: string; readonly detail: string; readonly since: string } | null;
  }[];
}

/** Asks all three services; one that is down does not hide what the others know. */
export async function readGaps(api: ApiClient): Promise<GapReport> {
  const unasked: { service: string; error: string }[] = [];
  const ask = <T>(service: string): Promise<T | undefined> =>
    api.get<T>(`/api/v1/gaps/${service}`).catch((error: Error) => {
      unasked.push({ service, error: error.message });
      return undefined;
    });
  const [enrichment, ledger, view] = await Promise.all([
    ask<EnrichmentAnswer>('enrichment'),
    ask<ReaderAnswer>('ledger'),
    ask<ReaderAnswer>('view'),
  ]);
  const stops = (enrichment?.partitions ?? []).map(({ lost, ...stop }) => {
    return { ...stop, where: 'enrichment', range: lost } as const;
  });
  return {
    standing: [...stops, ...standingIn('ledger', ledger), ...standingIn('view', view)],
    positions: [...positionsOf('ledger', ledger), ...positionsOf('view', view)],
    losses: enrichment?.losses ?? [],
    refills: enrichment?.refills ?? [],
    unasked,
  };
}

function positionsOf(where: string, answer: ReaderAnswer | undefined): GapReport['positions'] {
  return (answer?.partitions ?? []).map(({ partition, last }) => ({ where, partition, last }));
}

function standingIn(where: 'ledger' | 'view', answer: ReaderAnswer | undefined): StandingPartition[] {
  return (answer?.partitions ?? []).flatMap(({ partition, waiting, gap, stopped }) => {
    const standing: StandingPartition[] = [];
    if (stopped) {
      const next = readerAdvice(stopped.code);
      standing.push({ partition, where, waiting, range: null, ...stopped, next });
    }
    if (gap) {
      const { since, ...range } = gap;
      const next = `gap refill --partition ${partition}`;
      const detail = 'enriched lacks these verdicts';
      standing.push({ partition, where, waiting, range, since, code: 'verdict-gap', detail, next });
    }
    return standing;
  });
}

function readerAdvice(code: string): string {
  if (code === 'ledger-mismatch' || code === 'ledger-ahead')
    return 'the ledger and the restored database differ: docs/runbooks/restore.md';
  if (code === 'position-out-of-range')
    return 'enriched was cut back or made anew: docs/runbooks/gap.md, do not refill';
  return 'mend what the log names, then restart the service';
}

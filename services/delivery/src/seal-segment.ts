import type pg from 'pg';
import { type FinishedSegment, type FinishInput, segmentKey } from '@auditorium/ledger';
import type { ObjectStore } from '@auditorium/object-store';
import type { Reached } from '@auditorium/telemetry';
import type { AdoptPoint } from './adopt-segments.ts';
import { isFinal } from './domain/is-final.ts';
import type { SegmentGathering } from './domain/segment-gathering.ts';
import type { Heads } from './postgres/heads.ts';
import { type Move, movePosition, standsAt } from './postgres/partitions.ts';
import { beginSegment, sealInOneTransaction } from './postgres/segments.ts';
import { putSegment } from './s3/put-segment.ts';
import { persist } from './persist.ts';

/** Where a test may kill the sealer; README.md says what each leaves behind. */
export const SEALER_POINTS = [
  'sealer.after-epoch',
  'sealer.before-row',
  'sealer.after-row',
  'sealer.after-put',
  'sealer.before-commit',
  'sealer.after-commit',
  'sealer.before-move',
  'sealer.after-move',
] as const;
export type SealerPoint = (typeof SEALER_POINTS)[number] | AdoptPoint;

export interface SealerDependencies {
  readonly pool: pg.Pool;
  readonly store: ObjectStore;
  /** Raw topic that the ledger names in its footers. */
  readonly topic: string;
  readonly now: () => Date;
  /** At least 80 bits of `[A-Za-z0-9_-]`. */
  readonly randomId: () => string;
  readonly reached: Reached<SealerPoint>;
  /** Told of each failed step that will be tried again. */
  readonly onRetry: (step: string, error: unknown, attempt: number) => void;
}

/** A partition held in one epoch, with the heads of its orgs. */
export interface HeldPartition {
  readonly partition: number;
  readonly epoch: number;
  readonly heads: Heads;
  /** Aborted when the partition is given up: whatever is being tried then ends. */
  readonly signal: AbortSignal;
}

/**
 * Makes what was gathered durable: row, object, one transaction. Each step is tried until it succeeds or the partition
 * is lost, because nothing that was taken may be dropped; not resolving is the back-pressure.
 * @throws AuditoriumError `fenced`, `stopping`, `conflict`: then the caller forgets what was gathered
 */
export async function sealSegment(
  deps: SealerDependencies,
  held: HeldPartition,
  gathered: SegmentGathering,
): Promise<FinishedSegment | undefined> {
  const move = moveOf(held, gathered);
  if (gathered.builder.empty) return movePartition(deps, held, move);
  const segment = await finishSegment(deps, held, gathered);
  const { runs, segment: key } = segment.footer;
  await deps.reached('sealer.before-row');
  const id = await tried(deps, held, 'row', () => beginSegment(deps.pool, segment));
  await deps.reached('sealer.after-row');
  await tried(deps, held, 'put', () => putSegment(deps.store, segment, held.signal));
  await deps.reached('sealer.after-put');
  const beforeCommit = () => deps.reached('sealer.before-commit');
  await tried(deps, held, 'commit', () => sealInOneTransaction(deps.pool, id, runs, move, beforeCommit));
  await deps.reached('sealer.after-commit');
  held.heads.advance(key, runs);
  return segment;
}

/** Only repeats, holes or our own duplicates: no object, but the position moves, or a restart would read them all again. */
async function movePartition(deps: SealerDependencies, held: HeldPartition, move: Move): Promise<undefined> {
  await deps.reached('sealer.before-move');
  await tried(deps, held, 'move', async (attempt) => {
    if (attempt > 0 && (await standsAt(deps.pool, move))) return;
    await movePosition(deps.pool, move);
  });
  await deps.reached('sealer.after-move');
  return undefined;
}

function moveOf({ partition, epoch }: HeldPartition, gathered: SegmentGathering): Move {
  const { start, position, counts, gap } = gathered;
  return { partition, epoch, from: start, to: position, counts, gap };
}

async function finishSegment(
  deps: SealerDependencies,
  held: HeldPartition,
  gathered: SegmentGathering,
): Promise<FinishedSegment> {
  const orgs = gathered.builder.orgs();
  const heads = await tried(deps, held, 'heads', () => held.heads.of(orgs));
  const { start, position, counts } = gathered;
  return packed(gathered, {
    segment: segmentKey(held.partition, held.epoch, position.rawLast, deps.randomId()),
    topic: deps.topic,
    partition: held.partition,
    epoch: held.epoch,
    createdAt: deps.now(),
    rawFrom: start.rawLast + 1,
    rawLast: position.rawLast,
    enrichedFrom: start.enrichedNext,
    enrichedNext: position.enrichedNext,
    repeats: counts.repeats,
    holes: counts.holes,
    heads,
  });
}

/** Longest that packing holds the process up at a stretch: heartbeats and other partitions go in between. */
const SLICE_MS = 10;

async function packed(gathered: SegmentGathering, input: FinishInput): Promise<FinishedSegment> {
  const steps = gathered.builder.finishing(input);
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

function tried<T>(
  deps: SealerDependencies,
  { signal }: HeldPartition,
  step: string,
  attempt: (attempt: number) => Promise<T>,
): Promise<T> {
  return persist(attempt, { signal, isFinal, onRetry: (error, count) => deps.onRetry(step, error, count) });
}

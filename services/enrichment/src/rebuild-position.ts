import type { PartitionLogs } from '@auditorium/kafka';
import type { Logger, Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { RebuiltState } from './domain/rebuild-state.ts';
import { readPosition } from './postgres/positions.ts';
import { finishRetry, replacePosition, type Refill } from './postgres/refills.ts';

/** Where a test may kill enrichment while it rebuilds a position. */
export const REFILL_POINTS = ['enrichment.before-refill', 'enrichment.after-refill'] as const;
export type RefillPoint = (typeof REFILL_POINTS)[number];

export interface RebuildDependencies {
  readonly pool: pg.Pool;
  readonly logs: PartitionLogs;
  readonly topics: { readonly raw: string; readonly enriched: string };
  readonly log: Logger;
  readonly reached: Reached<RefillPoint>;
}

/**
 * Carries out an operator's wish to refill: reads all that enriched holds, and puts the position that follows from it in the
 * place of the saved one. Then the partition is opened as always, and goes on at the first raw offset without a verdict.
 *
 * Killed before the transaction, the wish still waits and all is read again; after it, the new position is there. A wish
 * without an offset is done as soon as the partition is opened.
 */
export async function rebuildPosition(deps: RebuildDependencies, refill: Refill): Promise<void> {
  const { pool, logs, topics, log } = deps;
  const { partition, from } = refill;
  if (from === null) return finishRetry(pool, refill);
  const rebuilt = new RebuiltState(await readPosition(pool, partition), from);
  const { start, end } = (await logs.offsets(topics.enriched)).get(partition) ?? { start: 0, end: 0 };
  const enriched = logs.read({ topic: topics.enriched, partition, from: start, to: end });
  for await (const batch of enriched) for (const message of batch.messages) rebuilt.replay(message);
  await meetRaw(deps, partition, rebuilt);
  await deps.reached('enrichment.before-refill');
  const position = rebuilt.position(end);
  const done = await replacePosition(pool, refill, position, rebuilt.rememberedFrom);
  await deps.reached('enrichment.after-refill');
  const facts = { partition, from, verdictsTo: rebuilt.last, rememberedFrom: rebuilt.rememberedFrom };
  log.warn(
    { ...facts, done },
    'the position was rebuilt from enriched; verdicts that it lacks are given again',
  );
}

async function meetRaw(
  { logs, topics }: RebuildDependencies,
  partition: number,
  rebuilt: RebuiltState,
): Promise<void> {
  const raw = (await logs.offsets(topics.raw)).get(partition);
  const from = Math.max(rebuilt.last + 1, raw?.start ?? 0);
  if (raw === undefined || from >= raw.end) return;
  for await (const batch of logs.read({ topic: topics.raw, partition, from, takeUnreadable: true }))
    for (const { headers } of batch.messages) rebuilt.meet(headers);
}

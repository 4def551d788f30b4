import type { Caller } from '@auditorium/http';
import { Problem } from '@auditorium/http';
import { missingOffsets, type PartitionLogs } from '@auditorium/kafka';
import { inTransaction } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { audit } from './audit-catalogue.ts';
import { decideAcceptance } from './domain/decide-acceptance.ts';
import type { Loss } from './domain/loss.ts';
import type { LogRange } from './domain/plan-resume.ts';
import { insertLoss, readLosses } from './postgres/losses.ts';
import { readStops } from './postgres/stops.ts';

/** Where a test may kill the service while a loss is accepted. */
export const ACCEPT_POINTS = ['gap.before-accept', 'gap.after-accept'] as const;
export type AcceptPoint = (typeof ACCEPT_POINTS)[number];

export interface GapDependencies {
  readonly pool: pg.Pool;
  readonly logs: PartitionLogs;
  readonly topics: { readonly raw: string; readonly enriched: string };
  /** The org in whose log the platform speaks of itself. */
  readonly platformOrg: string;
  readonly reached: Reached<AcceptPoint>;
}

export interface AcceptWish extends Loss {
  readonly partition: number;
  readonly reason: string;
  readonly caller: Caller;
}

/**
 * Writes down that raw offsets are lost: the decision and its audit event in one transaction. The enricher of the partition
 * finds it, gives the verdict `raw-lost` on exactly that range, and goes on behind it.
 *
 * Killed before the commit, nothing was decided. After it, the same command finds its own decision and changes nothing; a
 * decision that was not carried out yet is, by whoever opens the partition.
 *
 * @returns false when exactly this had been accepted before
 * @throws Problem 409 saying why this range cannot be accepted
 */
export async function acceptLoss(deps: GapDependencies, wish: AcceptWish): Promise<boolean> {
  const { partition, from, to } = wish;
  const { raw, held } = await heldOf(deps, partition, { from, to });
  await deps.reached('gap.before-accept');
  const isNew = await inTransaction(deps.pool, (client) => accept(deps, client, wish, raw, held));
  await deps.reached('gap.after-accept');
  return isNew;
}

async function accept(
  { topics, platformOrg }: GapDependencies,
  client: pg.PoolClient,
  { partition, from, to, reason, caller }: AcceptWish,
  raw: LogRange,
  held: number,
): Promise<boolean> {
  const [standing] = await readStops(client, partition, true);
  const accepted = await readLosses(client, topics.raw, partition);
  if (accepted.some((loss) => loss.from === from && loss.to === to)) return false;
  const decision = decideAcceptance(standing, raw, { from, to }, held);
  if (!decision.accepted) throw Problem.conflict(`this cannot be accepted as lost: ${decision.why}`);
  await insertLoss(client, topics.raw, { partition, from, to, reason, by: caller.actor.id });
  await audit.record(client, {
    ...caller,
    action: 'gap.loss-accepted',
    org: platformOrg,
    targets: [{ type: 'raw-range', id: `${partition}-${from}-${to}` }],
    metadata: { partition, rawfrom: from, rawto: to, reason },
  });
  return true;
}

/** What raw holds now, and how many offsets of the range it still accounts for. */
async function heldOf(
  { logs, topics }: GapDependencies,
  partition: number,
  { from, to }: Loss,
): Promise<{ raw: LogRange; held: number }> {
  const raw = (await logs.offsets(topics.raw)).get(partition);
  if (raw === undefined) throw Problem.notFound(`there is no partition ${partition}`);
  const first = Math.max(from, raw.start);
  const next = Math.min(to + 1, raw.end);
  let held = 0;
  if (first >= next) return { raw, held };
  const kept = { topic: topics.raw, partition, from: first, to: next, takeUnreadable: true };
  for await (const batch of logs.read(kept)) {
    const missing = missingOffsets(batch).reduce((sum, range) => sum + range.to - range.from + 1, 0);
    held += batch.next - batch.from - missing;
  }
  return { raw, held };
}

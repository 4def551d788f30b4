import { Problem, type Caller } from '@auditorium/http';
import { inTransaction } from '@auditorium/postgres';
import type { GapDependencies } from './accept-loss.ts';
import { audit } from './audit-catalogue.ts';
import { askRefill } from './postgres/refills.ts';

export interface RefillWish {
  readonly partition: number;
  /** The first raw offset on which a reader of enriched lacks the verdict; absent only to try again. */
  readonly from?: number | undefined;
  readonly caller: Caller;
}

/**
 * Lets a partition resume; the wish and its audit event are one transaction, and the instance that has the partition carries
 * it out. Asking again while it waits changes nothing. Asking with a wrong offset is harmless: what was given a verdict before
 * is skipped by its readers, and what still lacks one is shown and can be asked for again.
 *
 * @returns false when it was asked for already and still waits
 */
export async function askToRefill(
  { pool, logs, topics, platformOrg }: GapDependencies,
  { partition, from, caller }: RefillWish,
): Promise<boolean> {
  const raw = (await logs.offsets(topics.raw)).get(partition);
  if (raw === undefined) throw Problem.notFound(`there is no partition ${partition}`);
  if (from !== undefined && from > raw.end) throw Problem.conflict(`raw ends at ${raw.end}, before ${from}`);
  return inTransaction(pool, async (client) => {
    const wish = { partition, from: from ?? null, by: caller.actor.id };
    const isNew = await askRefill(client, wish);
    if (!isNew) return false;
    await audit.record(client, {
      ...caller,
      action: 'gap.refill-asked',
      org: platformOrg,
      targets: [{ type: 'partition', id: String(partition) }],
      metadata: { partition, ...(from !== undefined && { rawfrom: from }) },
    });
    return true;
  });
}

import type { Logger } from '@auditorium/telemetry';
import type pg from 'pg';
import { adoptCopy, lastCopyOf, raiseEpoch } from './postgres/adopted-plans.ts';
import type { Lease } from './postgres/leases.ts';
import { epochOf, type PlanCopies } from './s3/plan-copies.ts';

/**
 * Before the first delivery of a partition: whatever the ledger bucket has of plans that the database does not know is
 * taken up. Usually nothing, or the copy that the last courier was killed over; after a restore, every plan made since
 * the backup. Their objects are then found, not sent a second time under other keys.
 *
 * @returns the lease to work with, its epoch above that of every copy; undefined when somebody else has taken it
 */
export async function adoptPlans(
  { pool, copies, log }: { readonly pool: pg.Pool; readonly copies: PlanCopies; readonly log: Logger },
  lease: Lease,
): Promise<Lease | undefined> {
  const keys = await copies.keysAfter(lease.partition, await lastCopyOf(pool, lease.partition));
  const raised = await raiseEpoch(pool, lease, Math.max(0, ...keys.slice(-1).map(epochOf)));
  if (raised === undefined) return undefined;
  for (const key of keys) {
    const adopted = await adoptCopy(pool, raised, key, await copies.read(key));
    const unusual = adopted.filter((each) => each !== 'known');
    if (unusual.length > 0)
      log.warn(
        { partition: lease.partition, key, adopted: unusual },
        'plans taken up from their copy in the ledger bucket',
      );
  }
  return raised;
}

import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { Plan } from '../domain/window.ts';
import { epochOf } from '../s3/plan-copies.ts';
import { LOCK_CURSOR } from './destination-stream.ts';
import { fence, type Lease } from './leases.ts';

export interface Attempt {
  readonly id: number;
  /** Whether the object may be there already, by an earlier attempt of the same plan. */
  readonly earlierMayHaveWritten: boolean;
}

/** A plan is gone when an admin has moved the destination before anything was sent. */
export const ACTIVE = `
SELECT active AND EXISTS (SELECT FROM delivery.object_plan WHERE id = $2) AS active
FROM delivery.destination_cursor WHERE destination = $1`;
export const EARLIER = `
SELECT count(*)::integer AS attempts, coalesce(bool_or(may_have_written), false) AS may_have_written
FROM delivery.attempt WHERE plan = $1`;
export const BEGIN = 'INSERT INTO delivery.attempt (plan, number, epoch) VALUES ($1, $2, $3) RETURNING id';

/**
 * Puts an attempt on record, before its first byte. Undefined when the destination has been paused, moved or deleted
 * since.
 * @throws AuditoriumError `fenced`; `commit-unknown`: send nothing, look again
 */
export function beginAttempt(pool: pg.Pool, lease: Lease, plan: Plan): Promise<Attempt | undefined> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    // A statement of its own, so that the next one sees what was committed while this one waited.
    await client.query(LOCK_CURSOR, [plan.destination]);
    const active = await client.query<{ active: boolean }>(ACTIVE, [plan.destination, plan.id]);
    if (active.rows[0]?.active !== true) return undefined;
    const earlier = await client.query<{ attempts: number; may_have_written: boolean }>(EARLIER, [plan.id]);
    const { attempts, may_have_written } = earlier.rows[0] as { attempts: number; may_have_written: boolean };
    const begun = await client.query<{ id: number }>(BEGIN, [plan.id, attempts + 1, lease.epoch]);
    const { id } = begun.rows[0] as { id: number };
    return { id, earlierMayHaveWritten: may_have_written || isOfEarlierLease(plan, lease) };
  });
}

/**
 * A plan that was copied under an earlier lease may have been sent under it, although no attempt is on record: a database
 * that was restored has forgotten the attempts since its backup, also of plans that the backup has.
 */
function isOfEarlierLease({ copiedIn }: Plan, { epoch }: Lease): boolean {
  return copiedIn !== null && epochOf(copiedIn) < epoch;
}

export interface AttemptEnd {
  readonly outcome: 'written' | 'found' | 'conflict' | 'failed';
  readonly mayHaveWritten: boolean;
  readonly code?: string | undefined;
  readonly providerCode?: string | undefined;
  readonly requestId?: string | undefined;
}

export const END = `
UPDATE delivery.attempt SET ended_at = now(), outcome = $2, may_have_written = $3, code = $4, provider_code = $5, request_id = $6
WHERE id = $1`;

export async function endAttempt(
  client: pg.ClientBase | pg.Pool,
  id: number,
  end: AttemptEnd,
): Promise<void> {
  const { outcome, mayHaveWritten, code, providerCode, requestId } = end;
  await client.query(END, [
    id,
    outcome,
    mayHaveWritten,
    code ?? null,
    providerCode ?? null,
    requestId ?? null,
  ]);
}

/**
 * Ends an attempt that found somebody else's object at its key. Fenced: to a courier that has lost its lease, the object
 * of its successor would look like one.
 */
export function endInConflict(pool: pg.Pool, lease: Lease, id: number, requestId: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    await endAttempt(client, id, {
      outcome: 'conflict',
      mayHaveWritten: false,
      code: 'object-conflict',
      requestId,
    });
  });
}

import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import { decide } from '../domain/destination.ts';
import { type Failure, isOurs } from '../domain/failure.ts';
import type { Plan, Window } from '../domain/window.ts';
import { endAttempt } from './attempts.ts';
import { appendEvents, lockDestination } from './destination-stream.ts';
import { fence, type Lease } from './leases.ts';

export interface Receipt {
  readonly attempt: number;
  /** Whether the object was there by an earlier attempt whose answer was lost. */
  readonly found: boolean;
  readonly etag: string | null;
  readonly requestId: string;
  /** Counted while the object was made. */
  readonly events: number;
  /** Length of the object. */
  readonly bytes: number;
}

export const INSERT = `
INSERT INTO delivery.receipt (plan, destination, attempt, found, etag, request_id, events, bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (plan) DO NOTHING`;
export const SENT = `
UPDATE delivery.destination_cursor
SET objects = objects + 1, failures = 0, last_failure = NULL, last_success_at = now() WHERE destination = $1`;
export const OPEN_PLANS = `
SELECT 1 FROM delivery.object_plan p
WHERE p.window_id = $1 AND p.events > 0 AND NOT EXISTS (SELECT FROM delivery.receipt r WHERE r.plan = p.id) LIMIT 1`;
export const DELIVERED = `
UPDATE delivery.delivery_window SET state = 'delivered', delivered_at = now() WHERE id = $1 AND state = 'planned' RETURNING last`;
export const ADVANCE = `
UPDATE delivery.destination_cursor
SET cursor = $2, windows = windows + 1, slow = false, next_at = delivery.next_timer(destination, interval_s)
WHERE destination = $1 AND cursor < $2`;

/**
 * Stores the receipt of an object; with the last one of a planned window, moves the cursor behind the window. All or
 * nothing. It is taken even where the destination was paused or deleted while the object was on its way.
 * @returns whether the window is delivered
 */
export function storeReceipt(pool: pg.Pool, lease: Lease, plan: Plan, receipt: Receipt): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    const destination = await lockDestination(client, plan.destination);
    const { attempt, found, etag, requestId, events, bytes } = receipt;
    await endAttempt(client, attempt, {
      outcome: found ? 'found' : 'written',
      mayHaveWritten: true,
      requestId,
    });
    await client.query(INSERT, [plan.id, plan.destination, attempt, found, etag, requestId, events, bytes]);
    await client.query(SENT, [plan.destination]);
    if (destination !== undefined) {
      const decision = decide(destination.state, { do: 'succeed' });
      if ('events' in decision) await appendEvents(client, destination, decision.events);
    }
    return closeWindow(client, plan.window, plan.destination);
  });
}

/** A window whose plans have no objects, or whose last receipt came with an answer that was lost. */
export function finishWindow(pool: pg.Pool, lease: Lease, window: Window): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    await lockDestination(client, window.destination);
    return closeWindow(client, window.id, window.destination);
  });
}

async function closeWindow(client: pg.ClientBase, window: number, destination: string): Promise<boolean> {
  const open = await client.query(OPEN_PLANS, [window]);
  if (open.rowCount !== 0) return false;
  const { rows } = await client.query<{ last: number }>(DELIVERED, [window]);
  if (rows[0] === undefined) return false;
  await client.query(ADVANCE, [destination, rows[0].last]);
  return true;
}

export const FAIL = `
UPDATE delivery.destination_cursor
SET failures = failures + 1, last_failure = $2, slow = slow OR $4, next_at = now() + make_interval(secs => $3)
WHERE destination = $1`;
export const FAILURES = 'SELECT failures FROM delivery.destination_cursor WHERE destination = $1 FOR UPDATE';

/**
 * Puts a failed round on record: when it is tried again, and, where the cause is new and not ours, in the destination's
 * history.
 */
export function storeFailure(
  pool: pg.Pool,
  lease: Lease,
  id: string,
  failure: Failure,
  options: { conflict: boolean; region?: string | undefined; pauseMs: (failures: number) => number },
): Promise<void> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    const { rows } = await client.query<{ failures: number }>(FAILURES, [id]);
    const destination = await lockDestination(client, id);
    if (destination === undefined || destination.state.deleted) return;
    const failures = rows[0]?.failures ?? 0;
    // The region just learned is tried at once, but once: two that each name the other would send us to and fro for ever.
    const atOnce = failures === 0 && options.region !== undefined;
    const pause = atOnce ? 0 : options.pauseMs(failures);
    await client.query(FAIL, [id, failure, pause / 1000, !isOurs(failure)]);
    if (isOurs(failure)) return;
    const decision = decide(destination.state, { do: options.conflict ? 'conflict' : 'fail', failure });
    const after =
      'events' in decision ? await appendEvents(client, destination, decision.events) : destination;
    if (options.region === undefined) return;
    const found = decide(after.state, { do: 'find-region', region: options.region });
    if ('events' in found) await appendEvents(client, after, found.events, { soon: atOnce });
  });
}

export const CONTINUE =
  'UPDATE delivery.destination_cursor SET slow = true, next_at = now() WHERE destination = $1';

/** Lets others go first: the rest of a long window is sent from the slow lane. */
export function continueLater(pool: pg.Pool, lease: Lease, id: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    await client.query(CONTINUE, [id]);
  });
}

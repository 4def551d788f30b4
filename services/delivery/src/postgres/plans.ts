import { AuditoriumError } from '@auditorium/events';
import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { Plan, Window } from '../domain/window.ts';
import { LOCK_CURSOR } from './destination-stream.ts';
import { fence, type Lease } from './leases.ts';

const COLUMNS = `p.id, p.window_id AS window, p.destination, p.first, p.last, p.part, p.layout,
  p.layout_version AS "layoutVersion", p.key, p.events, p.filtered, p.quarantined, p.bytes, p.digest,
  p.planned_at AS "plannedAt", p.copied_in AS "copiedIn"`;
/** A plan without events has no object: it is done as soon as it is made. */
export const UNSENT = `
SELECT ${COLUMNS} FROM delivery.object_plan p
WHERE p.window_id = $1 AND p.events > 0 AND NOT EXISTS (SELECT FROM delivery.receipt r WHERE r.plan = p.id)
ORDER BY p.first, p.part LIMIT 1`;
export const PLANNED_TO = 'SELECT max(last) AS last FROM delivery.object_plan WHERE window_id = $1';

/** Where a window stands: the next object to send, or else the sequence from which on nothing is planned yet. */
export async function nextOf(
  pool: pg.Pool,
  window: Window,
): Promise<{ unsent: Plan } | { planFrom: number } | 'all sent'> {
  const unsent = await pool.query<Plan>(UNSENT, [window.id]);
  if (unsent.rows[0] !== undefined) return { unsent: unsent.rows[0] };
  const { rows } = await pool.query<{ last: number | null }>(PLANNED_TO, [window.id]);
  const last = rows[0]?.last ?? window.first - 1;
  return last < window.last ? { planFrom: last + 1 } : 'all sent';
}

export const OF_RANGE = `
SELECT ${COLUMNS} FROM delivery.object_plan p WHERE p.destination = $1 AND p.first = $2 ORDER BY p.part`;

/** The plan and those of the same range in other parts; none when the destination has moved since. */
export async function plansOfRange(pool: pg.Pool, { destination, first }: Plan): Promise<Plan[]> {
  return (await pool.query<Plan>(OF_RANGE, [destination, first])).rows;
}

export const LATEST = `
SELECT max(newest.planned_at) AS at FROM delivery.destination d
CROSS JOIN LATERAL (
  SELECT planned_at FROM delivery.object_plan WHERE destination = d.id ORDER BY first DESC LIMIT 1
) newest
WHERE d.org = $1`;

/** When the newest plan of an org was made, also of destinations that are deleted: another may write to the same place. */
export async function latestPlanOf(pool: pg.Pool, org: string): Promise<Date | undefined> {
  const { rows } = await pool.query<{ at: Date | null }>(LATEST, [org]);
  return rows[0]?.at ?? undefined;
}

export const INSERT = `
INSERT INTO delivery.object_plan (id, window_id, destination, first, last, part, layout, layout_version, key, events,
                                  filtered, quarantined, bytes, digest, planned_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;
export const PLANNED = `
UPDATE delivery.delivery_window SET state = 'planned', planned_at = now() WHERE id = $1 AND last = $2`;

/** Stores the plans of one range, one for each part; with the last of the window, that the window is planned. */
export function storePlans(pool: pg.Pool, lease: Lease, plans: readonly Plan[]): Promise<void> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    // Before the window, as whoever moves a destination has it: its foreign keys would be waited for in the other order.
    await client.query(LOCK_CURSOR, [plans[0]?.destination]);
    await insertPlans(client, plans);
  });
}

export const LOCK_WINDOW = 'SELECT 1 FROM delivery.delivery_window WHERE id = $1 FOR NO KEY UPDATE';

export async function insertPlans(client: pg.ClientBase, plans: readonly Plan[]): Promise<void> {
  const window = await client.query(LOCK_WINDOW, [plans[0]?.window]);
  if (window.rowCount === 0)
    throw new AuditoriumError('stopping', 'the window was dropped: its destination has moved');
  for (const plan of plans) {
    await client.query(INSERT, [
      plan.id,
      plan.window,
      plan.destination,
      plan.first,
      plan.last,
      plan.part,
      plan.layout,
      plan.layoutVersion,
      plan.key,
      plan.events,
      plan.filtered,
      plan.quarantined,
      plan.bytes,
      plan.digest,
      plan.plannedAt,
    ]);
  }
  const last = plans.at(-1);
  if (last !== undefined) await client.query(PLANNED, [last.window, last.last]);
}

export const COPIED = 'UPDATE delivery.object_plan SET copied_in = $2 WHERE id = ANY ($1)';
export const LAST_COPY =
  'UPDATE delivery.courier_lease SET last_copy = $2 WHERE partition = $1 AND last_copy < $2';

/** Notes which object of the ledger bucket holds these plans. */
export function noteCopy(pool: pg.Pool, lease: Lease, key: string, plans: readonly string[]): Promise<void> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    await client.query(COPIED, [plans, key]);
    await client.query(LAST_COPY, [lease.partition, key]);
  });
}

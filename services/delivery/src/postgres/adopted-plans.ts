import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { CopiedPlan } from '../s3/plan-copies.ts';
import { LOCK_CURSOR } from './destination-stream.ts';
import { fence, type Lease } from './leases.ts';
import { insertPlans } from './plans.ts';

export const LAST_COPY = 'SELECT last_copy FROM delivery.courier_lease WHERE partition = $1';

export async function lastCopyOf(pool: pg.Pool, partition: number): Promise<string> {
  const { rows } = await pool.query<{ last_copy: string }>(LAST_COPY, [partition]);
  return rows[0]?.last_copy ?? '';
}

export const RAISE = `
UPDATE delivery.courier_lease SET epoch = $3 WHERE partition = $1 AND epoch = $2 RETURNING partition, epoch`;

/** After a restore the database's epoch may be lower than one that copies were written in: never use such a one again. */
export async function raiseEpoch(
  pool: pg.Pool,
  { partition, epoch }: Lease,
  above: number,
): Promise<Lease | undefined> {
  if (epoch > above) return { partition, epoch };
  return (await pool.query<Lease>(RAISE, [partition, epoch, above + 1])).rows[0];
}

export const CURSOR = `
SELECT c.cursor, d.prefix, (d.state ->> 'settingsVersion')::integer AS "settingsVersion"
FROM delivery.destination_cursor c JOIN delivery.destination d ON d.id = c.destination WHERE c.destination = $1`;
export const KNOWN = 'SELECT 1 FROM delivery.object_plan WHERE id = $1';
export const UNDER_WAY = `
SELECT w.id, coalesce(max(p.last), w.first - 1) AS planned_to, max(p.first) AS newest_first
FROM delivery.delivery_window w LEFT JOIN delivery.object_plan p ON p.window_id = w.id
WHERE w.destination = $1 AND w.state <> 'delivered' GROUP BY w.id`;
export const OPEN = `
INSERT INTO delivery.delivery_window (destination, first, last, settings_version, shape)
SELECT $1, $2, $3, $4, jsonb_build_object('prefix', prefix, 'layout', $5::text) FROM delivery.destination WHERE id = $1
RETURNING id`;
export const EXTEND = `
UPDATE delivery.delivery_window SET last = greatest(last, $2), state = 'open' WHERE id = $1`;
export const ATTEMPTED = `
INSERT INTO delivery.attempt (plan, number, epoch, ended_at, outcome) VALUES ($1, 0, $2, now(), 'restored')`;
export const NOTE = 'UPDATE delivery.object_plan SET copied_in = $2 WHERE id = $1 AND copied_in IS NULL';
export const LAST = 'UPDATE delivery.courier_lease SET last_copy = $2 WHERE partition = $1';

export type Adopted = 'known' | 'adopted' | 'dropped' | 'no such destination' | 'out of line';

/**
 * Takes the plans of one copy into the database. One that it knows is only noted as copied; one that it has forgotten (it
 * was restored) is taken up as under way, with an attempt on record, because its object may be in the bucket.
 */
export function adoptCopy(
  pool: pg.Pool,
  lease: Lease,
  key: string,
  plans: readonly CopiedPlan[],
): Promise<Adopted[]> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    const adopted: Adopted[] = [];
    for (const plan of plans) adopted.push(await adoptPlan(client, lease, key, plan));
    await client.query(LAST, [lease.partition, key]);
    return adopted;
  });
}

async function adoptPlan(
  client: pg.ClientBase,
  lease: Lease,
  key: string,
  plan: CopiedPlan,
): Promise<Adopted> {
  await client.query(LOCK_CURSOR, [plan.destination]);
  const destination = (await client.query<Stand>(CURSOR, [plan.destination])).rows[0];
  if (destination === undefined) return 'no such destination';
  const known = await client.query(KNOWN, [plan.id]);
  if (known.rowCount !== 0) {
    await client.query(NOTE, [plan.id, key]);
    return 'known';
  }
  if (wasDropped(plan, destination)) return 'dropped';
  const window = await windowFor(client, plan, destination.cursor);
  if (window === undefined) return 'out of line';
  await insertPlans(client, [{ ...plan, window, plannedAt: new Date(plan.plannedAt), copiedIn: null }]);
  await client.query(NOTE, [plan.id, key]);
  await client.query(ATTEMPTED, [plan.id, lease.epoch]);
  return 'adopted';
}

interface Stand {
  readonly cursor: number;
  readonly prefix: string;
  readonly settingsVersion: number;
}

/**
 * A plan for a place that the destination has left since. A place can be left only where nothing may have been written, so
 * the plan was dropped before its first attempt; at its key our role may not even write any more.
 */
function wasDropped(plan: CopiedPlan, { prefix, settingsVersion }: Stand): boolean {
  return plan.settingsVersion < settingsVersion && !plan.key.startsWith(prefix);
}

interface WindowUnderWay {
  readonly id: number;
  readonly planned_to: number;
  /** Null before anything of it is planned. */
  readonly newest_first: number | null;
}

/**
 * Windows that were forgotten one after another become one: their plans follow each other, or are of one range in several
 * parts.
 */
async function windowFor(
  client: pg.ClientBase,
  plan: CopiedPlan,
  cursor: number,
): Promise<number | undefined> {
  const underWay = await client.query<WindowUnderWay>(UNDER_WAY, [plan.destination]);
  const window = underWay.rows[0];
  const follows = plan.first === (window?.planned_to ?? cursor) + 1;
  if (!follows && plan.first !== window?.newest_first) return undefined;
  if (window !== undefined) {
    await client.query(EXTEND, [window.id, plan.windowLast]);
    return window.id;
  }
  const values = [plan.destination, plan.first, plan.windowLast, plan.settingsVersion, plan.layout];
  return (await client.query<{ id: number }>(OPEN, values)).rows[0]?.id;
}

import type pg from 'pg';
import type { Destination, DestinationStatus } from '../domain/destination.ts';
import type { Failure } from '../domain/failure.ts';

export const HEAD = 'SELECT sequence FROM delivery.org_head WHERE org = $1';

/** Sequence of the org's newest event in the ledger; 0 when it has none. */
export async function headOf(client: pg.ClientBase | pg.Pool, org: string): Promise<number> {
  return (await client.query<{ sequence: number }>(HEAD, [org])).rows[0]?.sequence ?? 0;
}

/** A destination with everything that tells how it is. */
export interface ShownDestination {
  readonly id: string;
  readonly status: DestinationStatus;
  readonly state: Destination;
  readonly createdAt: Date;
  readonly start: number;
  readonly cursor: number;
  readonly head: number;
  /** Since when the oldest event that is not delivered has been in the ledger, or a little longer; null: nothing waits. */
  readonly waitingSince: Date | null;
  readonly lastSuccess: Date | null;
  readonly lastFailure: Failure | null;
  readonly failures: number;
  readonly nextAt: Date;
  readonly windows: number;
  readonly objects: number;
}

/**
 * The oldest waiting event is in the newest run where the cursor stands right before it; else it came after the last
 * delivered window was opened, or after the destination was made.
 */
const SHOWN = `
SELECT d.id, d.status, d.state, d.created_at AS "createdAt", c.start, c.cursor, coalesce(h.sequence, 0) AS head,
       CASE WHEN coalesce(h.sequence, 0) <= c.cursor THEN NULL
            WHEN h.first <= c.cursor + 1 THEN h.moved_at
            ELSE coalesce((SELECT w.opened_at FROM delivery.delivery_window w
                           WHERE w.destination = d.id AND w.state = 'delivered' ORDER BY w.first DESC LIMIT 1), d.created_at)
       END AS "waitingSince",
       c.last_success_at AS "lastSuccess", c.last_failure AS "lastFailure", c.failures, c.next_at AS "nextAt",
       c.windows, c.objects
FROM delivery.destination d
JOIN delivery.destination_cursor c ON c.destination = d.id
LEFT JOIN delivery.org_head h ON h.org = d.org
WHERE d.org = $1 AND d.status <> 'deleted'`;
const LIST = `${SHOWN} ORDER BY d.created_at, d.id`;
const ONE = `${SHOWN} AND d.id = $2`;

export async function listDestinations(pool: pg.Pool, org: string): Promise<ShownDestination[]> {
  return (await pool.query<ShownDestination>(LIST, [org])).rows;
}

/** Undefined when the org has no such destination (any more). */
export async function readDestination(
  pool: pg.Pool,
  org: string,
  id: string,
): Promise<ShownDestination | undefined> {
  return (await pool.query<ShownDestination>(ONE, [org, id])).rows[0];
}

export interface ShownWindow {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly state: string;
  readonly openedAt: Date;
  readonly plannedAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly objects: readonly {
    key: string;
    events: number;
    bytes: number | null;
    state: string;
    attempts: number;
  }[];
}

const WINDOWS = `
SELECT w.id, w.first AS "from", w.last AS "to", w.state, w.opened_at AS "openedAt", w.planned_at AS "plannedAt",
       w.delivered_at AS "deliveredAt", coalesce(o.objects, '[]') AS objects
FROM delivery.delivery_window w
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_object('key', p.key, 'events', p.events, 'bytes', r.bytes,
                    'state', CASE WHEN r.plan IS NULL THEN 'planned' ELSE 'delivered' END,
                    'attempts', (SELECT count(*) FROM delivery.attempt a WHERE a.plan = p.id)) ORDER BY p.first, p.part) AS objects
  FROM delivery.object_plan p LEFT JOIN delivery.receipt r ON r.plan = p.id WHERE p.window_id = w.id AND p.events > 0) o ON true
WHERE w.destination = $1 AND ($2::bigint IS NULL OR w.first < $2)
ORDER BY w.first DESC LIMIT $3`;

/** Windows of a destination with their objects, the newest first. A plan without events has none. @param before sequence: only windows that begin before it */
export async function listWindows(
  pool: pg.Pool,
  id: string,
  page: { before: number | null; limit: number },
): Promise<ShownWindow[]> {
  return (await pool.query<ShownWindow>(WINDOWS, [id, page.before, page.limit])).rows;
}

export interface HistoryEntry {
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly at: Date;
  readonly by: string | null;
}

const HISTORY = `
SELECT version, type, data, at, by FROM delivery.destination_event
WHERE destination = $1 AND ($2::integer IS NULL OR version < $2) ORDER BY version DESC LIMIT $3`;

/** What happened to a destination, the newest first. */
export async function listHistory(
  pool: pg.Pool,
  id: string,
  page: { before: number | null; limit: number },
): Promise<HistoryEntry[]> {
  return (await pool.query<HistoryEntry>(HISTORY, [id, page.before, page.limit])).rows;
}

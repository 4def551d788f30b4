import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { Destination } from '../domain/destination.ts';
import { rangeDue, shapeOf, type Window } from '../domain/window.ts';
import { LOCK_CURSOR } from './destination-stream.ts';
import { fence, type Lease } from './leases.ts';

/** What one round for a destination works with. */
export interface OpenedWindow {
  readonly window: Window;
  readonly destination: { readonly id: string; readonly org: string; readonly state: Destination };
}

export const CURSOR = `
SELECT c.active, c.cursor, d.org, d.state, coalesce(h.sequence, 0) AS head
FROM delivery.destination_cursor c JOIN delivery.destination d ON d.id = c.destination
LEFT JOIN delivery.org_head h ON h.org = c.org
WHERE c.destination = $1`;
export const UNDER_WAY = `
SELECT id, destination, first, last, settings_version AS "settingsVersion", shape, state
FROM delivery.delivery_window WHERE destination = $1 AND state <> 'delivered'`;
export const OPEN = `
INSERT INTO delivery.delivery_window (destination, first, last, settings_version, shape) VALUES ($1, $2, $3, $4, $5)
RETURNING id, destination, first, last, settings_version AS "settingsVersion", shape, state`;
export const NEXT_TIMER = `
UPDATE delivery.destination_cursor SET next_at = delivery.next_timer(destination, interval_s) WHERE destination = $1`;

/**
 * The window that is under way, or a new one from the cursor to the head. Undefined when there is nothing to send; the
 * timer is then set to its next firing.
 * @throws AuditoriumError `fenced`
 */
export function openWindow(pool: pg.Pool, lease: Lease, id: string): Promise<OpenedWindow | undefined> {
  return inTransaction(pool, async (client) => {
    await fence(client, lease);
    // A statement of its own: after a wait for the lock, what is joined to the locked row would be that of before the wait.
    await client.query(LOCK_CURSOR, [id]);
    const { rows } = await client.query<CursorRow>(CURSOR, [id]);
    const row = rows[0];
    if (row === undefined || !row.active) return undefined;
    const destination = { id, org: row.org, state: row.state };
    const underWay = await client.query<Window>(UNDER_WAY, [id]);
    if (underWay.rows[0] !== undefined) return { window: underWay.rows[0], destination };
    const range = rangeDue(row.cursor, row.head);
    if (range === undefined) return void (await client.query(NEXT_TIMER, [id]));
    const { settings, settingsVersion } = row.state;
    const values = [id, range.first, range.last, settingsVersion, shapeOf(settings)];
    const opened = await client.query<Window>(OPEN, values);
    return { window: opened.rows[0] as Window, destination };
  });
}

interface CursorRow {
  readonly active: boolean;
  readonly cursor: number;
  readonly org: string;
  readonly state: Destination;
  readonly head: number;
}

import type pg from 'pg';
import type { WindowOfEvent } from '../locate-event.ts';

/**
 * Each destination's window that holds the sequence, and the object that it is in, or will be. Windows of a destination
 * do not overlap, so the one with the highest `first` at or below the sequence is the only candidate.
 */
const WINDOWS = `
SELECT d.id AS destination, w.id AS window, p.key AS object,
       CASE WHEN r.plan IS NOT NULL THEN 'delivered' ELSE w.state END AS state
FROM delivery.destination d
JOIN LATERAL (
  SELECT id, last, state FROM delivery.delivery_window
  WHERE destination = d.id AND first <= $2 ORDER BY first DESC LIMIT 1
) w ON w.last >= $2
LEFT JOIN delivery.object_plan p ON p.window_id = w.id AND p.events > 0 AND p.first <= $2 AND p.last >= $2
LEFT JOIN delivery.receipt r ON r.plan = p.id
WHERE d.org = $1 AND d.status <> 'deleted'
ORDER BY d.created_at, p.key`;

/** What became of one event of an org at each of its destinations; one that has not come to it yet is absent. */
export async function windowsOfEvent(pool: pg.Pool, org: string, sequence: number): Promise<WindowOfEvent[]> {
  const { rows } = await pool.query<WindowOfEvent>(WINDOWS, [org, sequence]);
  return rows;
}

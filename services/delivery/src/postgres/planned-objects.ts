import type pg from 'pg';

/** A window that an event belongs to, and an object of the range that holds it: one for each part of the layout. */
export interface PlannedObject {
  readonly destination: string;
  readonly window: number;
  /** Null before the event is planned. */
  readonly object: string | null;
  readonly part: string | null;
  readonly layout: string | null;
  readonly layoutVersion: number | null;
  readonly state: string;
}

/**
 * Windows of a destination do not overlap, so the one with the highest `first` at or below the sequence is the only
 * candidate.
 */
const OBJECTS = `
SELECT d.id AS destination, w.id AS window, p.key AS object, p.part, p.layout, p.layout_version AS "layoutVersion",
       CASE WHEN r.plan IS NOT NULL THEN 'delivered' ELSE w.state END AS state
FROM delivery.destination d
JOIN LATERAL (
  SELECT id, last, state FROM delivery.delivery_window
  WHERE destination = d.id AND first <= $2 ORDER BY first DESC LIMIT 1
) w ON w.last >= $2
LEFT JOIN delivery.object_plan p ON p.window_id = w.id AND p.events > 0 AND p.first <= $2 AND p.last >= $2
LEFT JOIN delivery.receipt r ON r.plan = p.id
WHERE d.org = $1 AND d.status <> 'deleted'
ORDER BY d.created_at, p.part`;

/** The objects that one event of an org may be in, at each of its destinations; one that has not come to it is absent. */
export async function plannedObjectsOf(
  pool: pg.Pool,
  org: string,
  sequence: number,
): Promise<PlannedObject[]> {
  return (await pool.query<PlannedObject>(OBJECTS, [org, sequence])).rows;
}

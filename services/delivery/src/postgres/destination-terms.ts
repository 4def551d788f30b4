import type pg from 'pg';
import type { DestinationTerms } from '../domain/reconciliation.ts';

/**
 * Every term from its own source: what was sent from receipts, as it was counted while the object was made; what was
 * left out from plans; what waits from plans without a receipt, and from the head beyond what is planned; what expired
 * from its own counter. A plan of a delivered window that has no receipt is in no term: then the equation fails.
 */
const TERMS = `
SELECT d.id, d.status AS state, d.bucket || '/' || d.prefix AS name, c.start, c.expired,
       coalesce(r.delivered, 0) AS delivered,
       coalesce(p.filtered, 0) AS filtered, coalesce(p.quarantined, 0) AS quarantined,
       coalesce(p.waiting, 0) + greatest($2::bigint - greatest(c.cursor, p.planned_to), 0) AS pending
FROM delivery.destination d
JOIN delivery.destination_cursor c ON c.destination = d.id
LEFT JOIN LATERAL (
  SELECT sum(events)::bigint AS delivered FROM delivery.receipt WHERE destination = d.id
) r ON true
LEFT JOIN LATERAL (
  SELECT sum(o.filtered)::bigint AS filtered, sum(o.quarantined)::bigint AS quarantined,
         (sum(o.events) FILTER (WHERE w.state <> 'delivered' AND s.plan IS NULL))::bigint AS waiting,
         max(o.last) FILTER (WHERE w.state <> 'delivered') AS planned_to
  FROM delivery.object_plan o
  JOIN delivery.delivery_window w ON w.id = o.window_id
  LEFT JOIN delivery.receipt s ON s.plan = o.id
  WHERE o.destination = d.id
) p ON true
WHERE d.org = $1 AND d.status <> 'deleted'
ORDER BY d.created_at`;

/** The terms of invariant 4 for each of the org's destinations, in the caller's snapshot. */
export async function destinationTerms(
  client: pg.ClientBase,
  org: string,
  head: number,
): Promise<DestinationTerms[]> {
  const { rows } = await client.query<DestinationTerms>(TERMS, [org, head]);
  return rows;
}

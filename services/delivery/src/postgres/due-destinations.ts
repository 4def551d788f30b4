import type pg from 'pg';

export interface DueDestination {
  readonly destination: string;
  readonly org: string;
  readonly partition: number;
}

/**
 * Timers that fired with nothing to send: set to the next firing in one statement, because most destinations are quiet
 * most of the time and each would otherwise cost transactions of its own.
 */
export const REST = `
UPDATE delivery.destination_cursor c SET next_at = delivery.next_timer(c.destination, c.interval_s)
FROM (SELECT d.destination FROM delivery.destination_cursor d
      LEFT JOIN delivery.org_head h ON h.org = d.org
      WHERE d.active AND d.partition = ANY ($1) AND d.next_at <= now() AND coalesce(h.sequence, 0) <= d.cursor
        AND NOT EXISTS (SELECT FROM delivery.delivery_window w WHERE w.destination = d.destination AND w.state <> 'delivered')
      LIMIT 5000 FOR UPDATE OF d SKIP LOCKED) quiet
WHERE c.destination = quiet.destination`;

export async function restQuiet(pool: pg.Pool, partitions: readonly number[]): Promise<void> {
  await pool.query(REST, [partitions]);
}

export const DUE = `
SELECT destination, org, partition FROM delivery.destination_cursor
WHERE active AND partition = ANY ($1) AND next_at <= now() AND slow = $2 AND NOT destination = ANY ($3)
ORDER BY next_at LIMIT $4`;

/** Destinations whose timer has fired, the longest waiting first, but those under way. */
export async function dueDestinations(
  pool: pg.Pool,
  partitions: readonly number[],
  lane: { slow: boolean; underWay: readonly string[]; most: number },
): Promise<DueDestination[]> {
  if (lane.most <= 0 || partitions.length === 0) return [];
  return (await pool.query<DueDestination>(DUE, [partitions, lane.slow, lane.underWay, lane.most])).rows;
}

import type pg from 'pg';

/** One probe of the index on (partition, raw_last): the first segment that ends at or after the offset. */
export const SEGMENT_AT = `
SELECT key, raw_from FROM delivery.segment
WHERE partition = $1 AND state = 'sealed' AND raw_last >= $2
ORDER BY raw_last LIMIT 1`;

/** Key of the sealed segment that accounts for this raw offset; undefined when none does (yet). */
export async function segmentAt(
  pool: pg.Pool,
  partition: number,
  rawOffset: number,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ key: string; raw_from: number }>(SEGMENT_AT, [partition, rawOffset]);
  const row = rows[0];
  return row && row.raw_from <= rawOffset ? row.key : undefined;
}

export const HEAD_SEGMENT = `
SELECT s.key FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment WHERE h.org = $1`;

/** Key of the segment that holds the org's newest run. */
export async function headSegment(pool: pg.Pool, org: string): Promise<string | null> {
  const { rows } = await pool.query<{ key: string }>(HEAD_SEGMENT, [org]);
  return rows[0]?.key ?? null;
}

import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import { BEGINNING, type SavedPosition } from '../domain/plan-resume.ts';

/** One statement, so that marks and `enriched_end` are of one moment. */
export const READ = `
SELECT enriched_next, raw_last, raw_digest, raw_next, enriched_end, memory,
  (extract(epoch FROM saved_at) * 1000)::bigint AS saved_at,
  array(SELECT outbox FROM enrichment.outbox_mark m WHERE m.partition = p.partition ORDER BY outbox) AS outboxes,
  array(SELECT sequence::text FROM enrichment.outbox_mark m WHERE m.partition = p.partition ORDER BY outbox) AS sequences
FROM enrichment.position p WHERE partition = $1`;

/** Compare and swap of the position; how far enriched was acknowledged only rises, because marks do too. */
export const SAVE = `
INSERT INTO enrichment.position AS p (partition, enriched_next, raw_last, raw_digest, raw_next, enriched_end, memory)
VALUES ($1, $2, $3, $4, $8, $5, $6)
ON CONFLICT (partition) DO UPDATE SET
  enriched_next = CASE WHEN p.enriched_next = $7 THEN excluded.enriched_next ELSE p.enriched_next END,
  raw_last = CASE WHEN p.enriched_next = $7 THEN excluded.raw_last ELSE p.raw_last END,
  raw_digest = CASE WHEN p.enriched_next = $7 THEN excluded.raw_digest ELSE p.raw_digest END,
  raw_next = CASE WHEN p.enriched_next = $7 THEN excluded.raw_next ELSE p.raw_next END,
  memory = CASE WHEN p.enriched_next = $7 THEN excluded.memory ELSE p.memory END,
  enriched_end = greatest(p.enriched_end, excluded.enriched_end),
  saved_at = now()
RETURNING enriched_next`;

export const RAISE_MARKS = `
INSERT INTO enrichment.outbox_mark AS m (partition, outbox, sequence)
SELECT $1, outbox, sequence FROM unnest($2::text[], $3::bigint[]) AS given (outbox, sequence)
ON CONFLICT (partition, outbox) DO UPDATE SET sequence = greatest(m.sequence, excluded.sequence)`;

interface PositionRow {
  enriched_next: number;
  raw_last: number;
  raw_digest: string | null;
  raw_next: number | null;
  enriched_end: number;
  memory: Buffer | null;
  saved_at: number;
  outboxes: string[];
  sequences: string[];
}

/** What was saved of a partition; its beginning when nothing was. */
export async function readPosition(pool: pg.Pool, partition: number): Promise<SavedPosition> {
  const { rows } = await pool.query<PositionRow>(READ, [partition]);
  const row = rows[0];
  if (row === undefined) return BEGINNING;
  return {
    enrichedNext: row.enriched_next,
    rawLast: row.raw_last,
    rawDigest: row.raw_digest ?? undefined,
    rawNext: row.raw_next ?? undefined,
    enrichedEnd: row.enriched_end,
    savedAt: row.saved_at,
    memory: row.memory ?? undefined,
    marks: row.outboxes.map((outbox, index) => [outbox, Number(row.sequences[index])] as const),
  };
}

/**
 * Saves marks, and the position if that saved before is still the one at `expected`.
 *
 * @returns the `enrichedNext` that is saved now: another one when somebody else was faster
 */
export function writePosition(
  pool: pg.Pool,
  partition: number,
  saved: SavedPosition,
  expected: number,
): Promise<number> {
  const { enrichedNext, rawLast, rawDigest, rawNext, enrichedEnd, memory, marks } = saved;
  return inTransaction(pool, async (client) => {
    if (marks.length > 0) {
      const outboxes = marks.map(([outbox]) => outbox);
      await client.query(RAISE_MARKS, [partition, outboxes, marks.map(([, sequence]) => sequence)]);
    }
    const values = [partition, enrichedNext, rawLast, rawDigest, enrichedEnd, memory, expected, rawNext];
    const { rows } = await client.query<{ enriched_next: number }>(SAVE, values);
    return (rows[0] as { enriched_next: number }).enriched_next;
  });
}

import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { SavedPosition } from '../domain/plan-resume.ts';

/** A wish that a partition resumes. */
export interface Refill {
  readonly id: number;
  readonly partition: number;
  /** The first raw offset from which on readers need verdicts; null only to try again. */
  readonly from: number | null;
}

export const WAITING = `
SELECT id, partition, raw_from AS "from" FROM enrichment.refill WHERE partition = $1 AND done_at IS NULL`;

/** A wish that waits already is given the lower offset: what it asks for includes both. */
export const ASK = `
INSERT INTO enrichment.refill AS r (partition, raw_from, asked_by) VALUES ($1, $2, $3)
ON CONFLICT (partition) WHERE done_at IS NULL DO UPDATE SET raw_from = least(r.raw_from, excluded.raw_from)
RETURNING xmax = 0 AS asked`;

export const DONE = `
UPDATE enrichment.refill SET done_at = now(), remembered_from = $2
WHERE id = $1 AND done_at IS NULL AND raw_from IS NOT DISTINCT FROM $3`;

export const REFILLS = `
SELECT DISTINCT ON (partition) partition, raw_from AS "from", asked_by AS by, asked_at AS at, done_at AS done,
  remembered_from AS "rememberedFrom"
FROM enrichment.refill ORDER BY partition, id DESC`;

/** Whatever was saved before counts no more: this is what enriched itself says. */
export const REPLACE = `
INSERT INTO enrichment.position (partition, enriched_next, raw_last, raw_digest, raw_next, enriched_end, memory)
VALUES ($1, $2, $3, $4, NULL, $5, $6)
ON CONFLICT (partition) DO UPDATE SET enriched_next = excluded.enriched_next, raw_last = excluded.raw_last,
  raw_digest = excluded.raw_digest, raw_next = NULL, enriched_end = excluded.enriched_end, memory = excluded.memory,
  saved_at = now()`;
export const FORGET_MARKS = 'DELETE FROM enrichment.outbox_mark WHERE partition = $1';
export const SET_MARKS = `
INSERT INTO enrichment.outbox_mark (partition, outbox, sequence)
SELECT $1, outbox, sequence FROM unnest($2::text[], $3::bigint[]) AS given (outbox, sequence)`;

export async function waitingRefill(pool: pg.Pool, partition: number): Promise<Refill | undefined> {
  return (await pool.query<Refill>(WAITING, [partition])).rows[0];
}

/** Whether the wish is new; false when one for the same partition waits already and now includes it. */
export async function askRefill(
  client: pg.PoolClient,
  wish: { partition: number; from: number | null; by: string },
): Promise<boolean> {
  const values = [wish.partition, wish.from, wish.by];
  return (await client.query<{ asked: boolean }>(ASK, values)).rows[0]?.asked ?? false;
}

/** The newest wish of each partition, waiting or done. */
export interface ShownRefill {
  readonly partition: number;
  readonly from: number | null;
  readonly by: string;
  readonly at: Date;
  readonly done: Date | null;
  readonly rememberedFrom: number | null;
}

export async function readRefills(pool: pg.Pool): Promise<ShownRefill[]> {
  return (await pool.query<ShownRefill>(REFILLS)).rows;
}

export async function finishRetry(pool: pg.Pool, { id, from }: Refill): Promise<void> {
  await pool.query(DONE, [id, null, from]);
}

/**
 * Puts the rebuilt position in the place of the saved one, marks included, and marks the refill done, all or nothing.
 *
 * @returns false when the refill is not the same any more: another instance has done it, or it was asked for more
 */
export function replacePosition(
  pool: pg.Pool,
  { id, partition, from }: Refill,
  { enrichedNext, rawLast, rawDigest, enrichedEnd, memory, marks }: SavedPosition,
  rememberedFrom: number,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(DONE, [id, rememberedFrom, from]);
    if (rowCount !== 1) return false;
    await client.query(REPLACE, [partition, enrichedNext, rawLast, rawDigest, enrichedEnd, memory]);
    await client.query(FORGET_MARKS, [partition]);
    const outboxes = marks.map(([outbox]) => outbox);
    await client.query(SET_MARKS, [partition, outboxes, marks.map(([, sequence]) => sequence)]);
    return true;
  });
}

import { AuditoriumError } from '@auditorium/events';
import type { RunEntry } from '@auditorium/ledger';
import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import { fenced } from '../domain/fenced.ts';
import { type Move, movePosition } from './partitions.ts';
import { advanceHeads, LOCK_PARTITION, type SegmentToRecord, valuesOf } from './segments.ts';

/** One probe from the end of the index on (partition, raw_last). */
export const NEWEST_SEALED = `
SELECT key FROM delivery.segment WHERE partition = $1 AND state = 'sealed' ORDER BY raw_last DESC LIMIT 1`;

export const KNOWN = 'SELECT key, state FROM delivery.segment WHERE key = ANY ($1)';

/** Never into an epoch that somebody has sealed in, or may still be asleep in. */
export const RAISE_ABOVE = `
UPDATE delivery.partition SET epoch = $3 WHERE partition = $1 AND epoch = $2 RETURNING epoch`;

/** Runs that do not go on exactly where the head of their org stands, in the segment that they name. */
export const STRAY_RUNS = `
SELECT count(*)::integer AS strays
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS v (org, first, previous)
LEFT JOIN delivery.org_head h ON h.org = v.org
LEFT JOIN delivery.segment s ON s.id = h.segment
WHERE v.first <> coalesce(h.sequence, 0) + 1 OR v.previous IS DISTINCT FROM s.key`;

/** Sealed at once: it was before. A row that was being written when the backup was made is the only one it may meet. */
export const ADOPT = `
INSERT INTO delivery.segment (key, partition, epoch, raw_from, raw_last, enriched_from, enriched_next,
                              accepted, rejected, repeats, holes, orgs, bytes, size, digest, state, sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'sealed', now())
ON CONFLICT (key) DO UPDATE SET state = 'sealed', sealed_at = now() WHERE segment.state = 'writing'
RETURNING id`;

/** Key of the segment that was sealed last; undefined when there is none. */
export async function newestSealed(pool: pg.Pool, partition: number): Promise<string | undefined> {
  return (await pool.query<{ key: string }>(NEWEST_SEALED, [partition])).rows[0]?.key;
}

/** The state of the row of each of these keys; keys without a row are missing. */
export async function knownSegments(
  pool: pg.Pool,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ key: string; state: string }>(KNOWN, [keys]);
  return new Map(rows.map(({ key, state }) => [key, state]));
}

/** @throws AuditoriumError `fenced` when somebody else has opened the partition meanwhile */
export async function raiseAbove(
  pool: pg.Pool,
  partition: number,
  epoch: number,
  above: number,
): Promise<number> {
  if (epoch > above) return epoch;
  const { rowCount } = await pool.query(RAISE_ABOVE, [partition, epoch, above + 1]);
  if (rowCount !== 1) throw fenced(partition, epoch);
  return above + 1;
}

/**
 * Takes a segment into the database that was sealed before a restore: its row, the heads of its orgs, the position.
 *
 * @throws AuditoriumError `fenced`; `ledger-mismatch` when a run does not follow the head of its org
 */
export function adoptSegment(pool: pg.Pool, segment: SegmentToRecord, move: Move): Promise<void> {
  const { runs, segment: key } = segment.footer;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ epoch: number }>(LOCK_PARTITION, [move.partition]);
    if (rows[0]?.epoch !== move.epoch) throw fenced(move.partition, move.epoch);
    await requireHeads(client, key, runs);
    const adopted = await client.query<{ id: number }>(ADOPT, valuesOf(segment));
    const id = adopted.rows[0]?.id;
    if (id === undefined) throw mismatch(key, 'its row is no longer being written');
    await advanceHeads(client, id, move.partition, runs);
    await movePosition(client, move);
  });
}

async function requireHeads(client: pg.ClientBase, key: string, runs: readonly RunEntry[]): Promise<void> {
  const { rows } = await client.query<{ strays: number }>(STRAY_RUNS, [
    runs.map(({ org }) => org),
    runs.map(({ first }) => first),
    runs.map(({ previous }) => previous),
  ]);
  const strays = rows[0]?.strays ?? 0;
  if (strays > 0) throw mismatch(key, `${strays} of its runs do not follow the heads of their orgs`);
}

function mismatch(key: string, why: string): AuditoriumError {
  return new AuditoriumError('ledger-mismatch', `segment ${key} cannot be taken up: ${why}`);
}

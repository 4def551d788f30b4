import type pg from 'pg';
import { AuditoriumError } from '@auditorium/events';
import type { FinishedSegment, RunEntry } from '@auditorium/ledger';
import { inTransaction } from '@auditorium/postgres';
import { fenced } from '../domain/fenced.ts';
import { type Move, movePosition } from './partitions.ts';

/** What the row of a segment is made from. */
export type SegmentToRecord = Pick<FinishedSegment, 'size' | 'digest' | 'footer'>;

/**
 * The row before the object. `FOR SHARE` makes it wait for whoever is raising the epoch, so that no row of an older
 * epoch appears after that one has abandoned the older rows. The same key again (a lost answer) finds its row.
 */
export const BEGIN = `
INSERT INTO delivery.segment (key, partition, epoch, raw_from, raw_last, enriched_from, enriched_next,
                              accepted, rejected, repeats, holes, orgs, bytes, size, digest)
SELECT $1, p.partition, p.epoch, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
FROM (SELECT partition, epoch FROM delivery.partition WHERE partition = $2 AND epoch = $3 FOR SHARE) p
ON CONFLICT (key) DO UPDATE SET key = excluded.key WHERE segment.state = 'writing'
RETURNING id`;

/** The columns that are the same in every statement that makes a row. */
export function valuesOf({ footer, size, digest }: SegmentToRecord): unknown[] {
  const { counts } = footer;
  const bytes = footer.runs.reduce((sum, run) => sum + run.bytes, footer.rejected?.bytes ?? 0);
  return [
    footer.segment,
    footer.partition,
    footer.epoch,
    footer.rawFrom,
    footer.rawLast,
    footer.enrichedFrom,
    footer.enrichedNext,
    counts.accepted,
    counts.rejected,
    counts.repeats,
    counts.holes,
    footer.runs.length,
    bytes,
    size,
    digest,
  ];
}

/** Puts the segment on record as being written. @throws AuditoriumError `fenced` */
export async function beginSegment(pool: pg.Pool, segment: SegmentToRecord): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(BEGIN, valuesOf(segment));
  const { partition, epoch } = segment.footer;
  if (!rows[0]) throw fenced(partition, epoch);
  return rows[0].id;
}

/** Waits for a sealing of the same partition whose answer was lost, so that what is read next is final. */
export const LOCK_PARTITION = 'SELECT epoch FROM delivery.partition WHERE partition = $1 FOR UPDATE';
export const LOCK_SEGMENT = 'SELECT state FROM delivery.segment WHERE id = $1 FOR UPDATE';
export const SEAL = "UPDATE delivery.segment SET state = 'sealed', sealed_at = now() WHERE id = $1";

/**
 * Seals: the segment's row, the heads of its orgs and the partition's position, all or nothing. It may be called again
 * after any failure, a lost COMMIT answer above all: then it finds the row `sealed` and does nothing.
 * @throws AuditoriumError `fenced`; `conflict` when a head is not what the footer says; `commit-unknown`
 */
export function sealInOneTransaction(
  pool: pg.Pool,
  id: number,
  runs: readonly RunEntry[],
  move: Move,
  beforeCommit: () => void | Promise<void>,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    const partition = await client.query<{ epoch: number }>(LOCK_PARTITION, [move.partition]);
    const segment = await client.query<{ state: string }>(LOCK_SEGMENT, [id]);
    const state = segment.rows[0]?.state;
    if (state === 'sealed') return;
    if (state !== 'writing' || partition.rows[0]?.epoch !== move.epoch) {
      throw fenced(move.partition, move.epoch);
    }
    await client.query(SEAL, [id]);
    await advanceHeads(client, id, move.partition, runs);
    await movePosition(client, move);
    await beforeCommit();
  });
}

/**
 * Each head goes exactly from `first - 1` to `last`, in the order of org ids, in one statement. An org without a head
 * may begin with sequence 1 only. Fewer rows than runs means that a head is not where the footer says: nothing is kept.
 */
export const ADVANCE_HEADS = `
INSERT INTO delivery.org_head AS h (org, partition, first, sequence, segment)
SELECT v.org, $2, v.first, v.last, $1
FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS v (org, first, last)
WHERE v.first = 1 OR EXISTS (SELECT FROM delivery.org_head o WHERE o.org = v.org)
ORDER BY v.org COLLATE "C"
ON CONFLICT (org) DO UPDATE
SET first = excluded.first, sequence = excluded.sequence, segment = excluded.segment, moved_at = now()
WHERE h.sequence = excluded.first - 1 AND h.partition = excluded.partition`;

/** Moves the heads of these runs' orgs. @throws AuditoriumError `conflict` when one does not stand where its run begins */
export async function advanceHeads(
  client: pg.ClientBase,
  id: number,
  partition: number,
  runs: readonly RunEntry[],
): Promise<void> {
  const { rowCount } = await client.query(ADVANCE_HEADS, [
    id,
    partition,
    runs.map((run) => run.org),
    runs.map((run) => run.first),
    runs.map((run) => run.last),
  ]);
  if (rowCount === runs.length) return;
  throw new AuditoriumError(
    'conflict',
    `only ${rowCount} of ${runs.length} heads are where the segment says`,
    {
      facts: { partition, segment: id },
    },
  );
}

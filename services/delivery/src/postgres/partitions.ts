import type pg from 'pg';
import type { Gap, Position } from '../domain/segment-gathering.ts';
import { fenced } from '../domain/fenced.ts';

/** A partition that this process has opened: nobody with a lower epoch can move it any more. */
export interface OpenedPartition extends Position {
  readonly partition: number;
  readonly epoch: number;
  readonly gap: Gap | null;
}

/**
 * Raises the epoch. Every statement of a sealer names its epoch, so from this commit on the one before can only fail.
 */
export const RAISE_EPOCH = `
INSERT INTO delivery.partition AS p (partition, epoch) VALUES ($1, 1)
ON CONFLICT (partition) DO UPDATE SET epoch = p.epoch + 1, opened_at = now(),
  stopped_code = NULL, stopped_detail = NULL, stopped_at = NULL
RETURNING epoch, enriched_next, raw_last, gap_from, gap_to`;

/** Takes the partition over: afterwards this process alone can seal it, until somebody else opens it. */
export async function takePartition(pool: pg.Pool, partition: number): Promise<OpenedPartition> {
  const { rows } = await pool.query<PartitionRow>(RAISE_EPOCH, [partition]);
  const row = rows[0] as PartitionRow;
  return {
    partition,
    epoch: row.epoch,
    enrichedNext: row.enriched_next,
    rawLast: row.raw_last,
    gap: row.gap_from === null || row.gap_to === null ? null : { from: row.gap_from, to: row.gap_to },
  };
}

/**
 * Only the row's state decides whether its object may go. No row of an older epoch can appear after the epoch was raised, and
 * none can be sealed any more; the partition's row is held, so that this is not said by somebody who has lost it meanwhile.
 */
export const ABANDON_OLDER = `
UPDATE delivery.segment SET state = 'abandoned', abandoned_at = now()
WHERE partition = $1 AND state = 'writing' AND epoch < $2
  AND EXISTS (SELECT FROM delivery.partition p WHERE p.partition = $1 AND p.epoch = $2 FOR SHARE)`;

/** Abandons the rows that whoever had the partition before was writing; answers how many. */
export async function abandonOlder(pool: pg.Pool, partition: number, epoch: number): Promise<number> {
  return (await pool.query(ABANDON_OLDER, [partition, epoch])).rowCount ?? 0;
}

interface PartitionRow {
  epoch: number;
  enriched_next: number;
  raw_last: number;
  gap_from: number | null;
  gap_to: number | null;
}

/** A step of a partition's position, with what it accounts for. */
export interface Move {
  readonly partition: number;
  readonly epoch: number;
  readonly from: Position;
  readonly to: Position;
  readonly counts: { accepted: number; rejected: number; repeats: number; holes: number; skipped: number };
  readonly gap: Gap | null;
}

/** Compare and swap: whoever is not the newest epoch, or does not start where the partition stands, changes nothing. */
export const MOVE = `
UPDATE delivery.partition
SET enriched_next = $5, raw_last = $6,
    accepted = accepted + $7, rejected = rejected + $8, repeats = repeats + $9, holes = holes + $10,
    skipped = skipped + $11, gap_from = $12, gap_to = $13,
    gap_since = CASE WHEN $12::bigint IS NULL THEN NULL ELSE coalesce(gap_since, now()) END,
    moved_at = now()
WHERE partition = $1 AND epoch = $2 AND enriched_next = $3 AND raw_last = $4`;

/** Moves the position inside the caller's transaction. @throws AuditoriumError `fenced` */
export async function movePosition(client: pg.ClientBase | pg.Pool, move: Move): Promise<void> {
  const { partition, epoch, from, to, counts, gap } = move;
  const { rowCount } = await client.query(MOVE, [
    partition,
    epoch,
    from.enrichedNext,
    from.rawLast,
    to.enrichedNext,
    to.rawLast,
    counts.accepted,
    counts.rejected,
    counts.repeats,
    counts.holes,
    counts.skipped,
    gap?.from ?? null,
    gap?.to ?? null,
  ]);
  if (rowCount !== 1) throw fenced(partition, epoch);
}

export const STANDS_AT = `
SELECT 1 FROM delivery.partition
WHERE partition = $1 AND epoch = $2 AND enriched_next = $3 AND raw_last = $4`;

/** Whether the partition already stands there in this epoch: what a lost answer is decided by. */
export async function standsAt(pool: pg.Pool, move: Move): Promise<boolean> {
  const { partition, epoch, to } = move;
  const { rowCount } = await pool.query(STANDS_AT, [partition, epoch, to.enrichedNext, to.rawLast]);
  return rowCount === 1;
}

import type pg from 'pg';
import { inTransaction } from '@auditorium/postgres';
import type { Gap, Position } from '../domain/segment-gathering.ts';
import { fenced } from '../domain/fenced.ts';

/** A partition that this process has opened: nobody with a lower epoch can move it any more. */
export interface OpenedPartition extends Position {
  readonly partition: number;
  readonly epoch: number;
  readonly gap: Gap | null;
  /** Rows that were being written by whoever had it before. */
  readonly abandoned: number;
}

/**
 * Raises the epoch. Every statement of a sealer names its epoch, so from this commit on the one before can only fail.
 */
export const RAISE_EPOCH = `
INSERT INTO delivery.partition AS p (partition, epoch) VALUES ($1, 1)
ON CONFLICT (partition) DO UPDATE SET epoch = p.epoch + 1, opened_at = now()
RETURNING epoch, enriched_next, raw_last, gap_from, gap_to`;

/** Only the row's state decides whether its object may go; it is set here, under the lock of the partition's row. */
export const ABANDON_OLDER = `
UPDATE delivery.segment SET state = 'abandoned', abandoned_at = now()
WHERE partition = $1 AND state = 'writing' AND epoch < $2`;

/** Takes the partition over: afterwards this process alone can seal it, until somebody else opens it. */
export function takePartition(pool: pg.Pool, partition: number): Promise<OpenedPartition> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<PartitionRow>(RAISE_EPOCH, [partition]);
    const row = rows[0] as PartitionRow;
    const { rowCount } = await client.query(ABANDON_OLDER, [partition, row.epoch]);
    return {
      partition,
      epoch: row.epoch,
      enrichedNext: row.enriched_next,
      rawLast: row.raw_last,
      gap: row.gap_from === null || row.gap_to === null ? null : { from: row.gap_from, to: row.gap_to },
      abandoned: rowCount ?? 0,
    };
  });
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

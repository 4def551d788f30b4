import type pg from 'pg';
import type { Loss } from '../domain/loss.ts';

/** Why and where a partition stands still. */
export interface Stop {
  readonly partition: number;
  readonly code: string;
  readonly detail: string;
  /** The raw offsets that are gone, for `raw-loss`. */
  readonly lost?: Loss | undefined;
  /** True when raw goes around them; false when it begins behind them. */
  readonly absent: boolean;
}

/** A stop as it was saved. */
export interface SavedStop extends Stop {
  readonly since: Date;
  /** The last raw offset of which a verdict is known to the saved position. */
  readonly rawLast: number;
}

export const SAVE_STOP = `
INSERT INTO enrichment.stop AS s (partition, code, detail, lost_from, lost_to, absent)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (partition) DO UPDATE SET
  code = excluded.code, detail = excluded.detail, lost_from = excluded.lost_from, lost_to = excluded.lost_to,
  absent = excluded.absent, told_at = now(),
  since = CASE WHEN s.code = excluded.code AND s.lost_from IS NOT DISTINCT FROM excluded.lost_from THEN s.since ELSE now() END`;

export const GOES_ON = 'DELETE FROM enrichment.stop WHERE partition = ANY ($1)';

/** Partitions that somebody wants to resume: a refill is waiting, or a loss was accepted since the partition stopped over it. */
export const WISHES = `
SELECT partition FROM enrichment.refill WHERE done_at IS NULL
UNION
SELECT s.partition FROM enrichment.stop s
JOIN enrichment.accepted_loss l ON l.topic = $1 AND l.partition = s.partition AND l.raw_from = s.lost_from
WHERE l.accepted_at > s.told_at`;

export const STOPS = `
SELECT s.partition, s.code, s.detail, s.lost_from, s.lost_to, s.absent, s.since, coalesce(p.raw_last, -1) AS raw_last
FROM enrichment.stop s LEFT JOIN enrichment.position p USING (partition)
WHERE $1::integer IS NULL OR s.partition = $1 ORDER BY s.partition`;

interface StopRow {
  partition: number;
  code: string;
  detail: string;
  lost_from: number | null;
  lost_to: number | null;
  absent: boolean;
  since: Date;
  raw_last: number;
}

export async function saveStop(pool: pg.Pool, stop: Stop): Promise<void> {
  const { partition, code, detail, lost, absent } = stop;
  await pool.query(SAVE_STOP, [partition, code, detail, lost?.from, lost?.to, absent]);
}

export async function saveGoingOn(pool: pg.Pool, partitions: readonly number[]): Promise<void> {
  if (partitions.length > 0) await pool.query(GOES_ON, [partitions]);
}

export async function readWishes(pool: pg.Pool, topic: string): Promise<number[]> {
  const { rows } = await pool.query<{ partition: number }>(WISHES, [topic]);
  return rows.map(({ partition }) => partition);
}

/** All partitions that stand still, or the one asked for; inside a transaction with `FOR UPDATE`, held until it ends. */
export async function readStops(
  client: pg.Pool | pg.PoolClient,
  partition?: number,
  lock = false,
): Promise<SavedStop[]> {
  const sql = lock ? `${STOPS} FOR UPDATE OF s` : STOPS;
  const { rows } = await client.query<StopRow>(sql, [partition ?? null]);
  return rows.map(({ lost_from, lost_to, raw_last, ...row }) => ({
    ...row,
    rawLast: raw_last,
    lost: lost_from === null || lost_to === null ? undefined : { from: lost_from, to: lost_to },
  }));
}

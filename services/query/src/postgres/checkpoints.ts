import { AuditoriumError } from '@auditorium/events';
import type pg from 'pg';
import type { Gathered, Position } from '../domain/gather-batch.ts';

const READ = `
SELECT enriched_next, raw_last, gap_from, gap_to FROM query.checkpoint WHERE partition = $1`;
/** Whatever stopped it before, it is opened now. */
const BEGIN = `
INSERT INTO query.checkpoint (partition) VALUES ($1)
ON CONFLICT (partition) DO UPDATE SET stopped_code = NULL, stopped_detail = NULL, stopped_at = NULL`;
const STOPPED = `
UPDATE query.checkpoint SET stopped_code = $2, stopped_detail = $3, stopped_at = now() WHERE partition = $1`;

/** Compare and swap: whoever does not start where the projection stands changes nothing. */
const MOVE = `
UPDATE query.checkpoint
SET enriched_next = $4, raw_last = $5, gap_from = $6, gap_to = $7,
    gap_since = CASE WHEN $6::bigint IS NULL THEN NULL ELSE coalesce(gap_since, now()) END,
    accepted = accepted + $8, rejected = rejected + $9, repeats = repeats + $10, holes = holes + $11,
    skipped = skipped + $12, moved_at = now()
WHERE partition = $1 AND enriched_next = $2 AND raw_last = $3`;

interface CheckpointRow {
  enriched_next: number;
  raw_last: number;
  gap_from: number | null;
  gap_to: number | null;
}

/** Where the projection of a partition stands; at the very beginning, offset 0. */
export async function readCheckpoint(pool: pg.Pool, partition: number): Promise<Position> {
  await pool.query(BEGIN, [partition]);
  const { rows } = await pool.query<CheckpointRow>(READ, [partition]);
  const { enriched_next, raw_last, gap_from, gap_to } = rows[0] as CheckpointRow;
  const gap = gap_from === null || gap_to === null ? null : { from: gap_from, to: gap_to };
  return { enrichedNext: enriched_next, rawLast: raw_last, gap };
}

/** Moves the position inside the caller's transaction. @throws AuditoriumError `fenced` when somebody else has moved it. */
export async function moveCheckpoint(
  client: pg.PoolClient,
  { partition, from, to, counts }: Gathered,
): Promise<void> {
  const { accepted, rejected, repeats, holes, skipped } = counts;
  const before = [partition, from.enrichedNext, from.rawLast];
  const after = [to.enrichedNext, to.rawLast, to.gap?.from ?? null, to.gap?.to ?? null];
  const values = before.concat(after as number[], [accepted, rejected, repeats, holes, skipped]);
  const { rowCount } = await client.query(MOVE, values);
  if (rowCount === 1) return;
  throw new AuditoriumError('fenced', `the projection of partition ${partition} was moved by somebody else`, {
    retryable: true,
    facts: { partition, ...from },
  });
}

/** Keeps why a partition is projected no further, until it is opened again. */
export async function saveStopped(
  pool: pg.Pool,
  partition: number,
  code: string,
  detail: string,
): Promise<void> {
  await pool.query(STOPPED, [partition, code, detail]);
}

/** The state of every partition, for operators and reconciliation. */
export interface PartitionState {
  readonly partition: number;
  readonly last: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly repeats: number;
  readonly holes: number;
  readonly gap: { from: number; to: number; since: string } | null;
  readonly stopped: { code: string; detail: string; since: string } | null;
}

const STATES = `
SELECT partition, raw_last AS last, accepted, rejected, repeats, holes,
       CASE WHEN gap_from IS NULL THEN NULL
            ELSE json_build_object('from', gap_from, 'to', gap_to, 'since', gap_since) END AS gap,
       CASE WHEN stopped_code IS NULL THEN NULL
            ELSE json_build_object('code', stopped_code, 'detail', stopped_detail, 'since', stopped_at) END AS stopped
FROM query.checkpoint WHERE $1::integer IS NULL OR partition = $1 ORDER BY partition`;

/** One partition, or with `undefined` all of them. */
export async function partitionStates(pool: pg.Pool, partition?: number): Promise<PartitionState[]> {
  const { rows } = await pool.query<PartitionState>(STATES, [partition ?? null]);
  return rows;
}

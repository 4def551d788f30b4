import type pg from 'pg';
import type { Gap } from '../domain/segment-gathering.ts';

export const STOPPED = `
UPDATE delivery.partition SET stopped_code = $2, stopped_detail = $3, stopped_at = now() WHERE partition = $1`;

/** How far the ledger goes in a partition, and why not further. */
export interface LedgerPartition {
  readonly partition: number;
  readonly last: number;
  readonly gap: (Gap & { readonly since: string }) | null;
  readonly stopped: { readonly code: string; readonly detail: string; readonly since: string } | null;
}

export const STANDING = `
SELECT partition, raw_last AS last,
  CASE WHEN gap_from IS NOT NULL
    THEN json_build_object('from', gap_from, 'to', gap_to, 'since', gap_since) END AS gap,
  CASE WHEN stopped_code IS NOT NULL
    THEN json_build_object('code', stopped_code, 'detail', stopped_detail, 'since', stopped_at) END AS stopped
FROM delivery.partition ORDER BY partition`;

/** Keeps why a partition is sealed no further, until it is opened again. */
export async function saveStopped(
  pool: pg.Pool,
  partition: number,
  code: string,
  detail: string,
): Promise<void> {
  await pool.query(STOPPED, [partition, code, detail]);
}

export async function ledgerPartitions(pool: pg.Pool): Promise<LedgerPartition[]> {
  return (await pool.query<LedgerPartition>(STANDING)).rows;
}

import type pg from 'pg';
import type { LedgerTerms } from '../domain/reconciliation.ts';

const PARTITION_TERMS = `
SELECT p.*, coalesce(h.sequence, 0) AS head,
  (SELECT coalesce(sum(sequence), 0)::bigint FROM delivery.org_head WHERE partition = $1) AS in_heads,
  (SELECT coalesce(sum(accepted), 0)::bigint FROM delivery.segment WHERE partition = $1 AND state = 'sealed') AS segments_accepted,
  (SELECT coalesce(sum(rejected), 0)::bigint FROM delivery.segment WHERE partition = $1 AND state = 'sealed') AS segments_rejected
FROM (SELECT 1) one
LEFT JOIN delivery.partition p ON p.partition = $1
LEFT JOIN delivery.org_head h ON h.org = $2`;

/** The ledger's terms of a partition and an org. Call it inside the snapshot in which the destinations are counted. */
export async function ledgerTerms(
  client: pg.ClientBase,
  partition: number,
  org: string,
): Promise<LedgerTerms> {
  const { rows } = await client.query<Row>(PARTITION_TERMS, [partition, org]);
  const row = rows[0] as Row;
  return {
    // A partition that was never opened stands at its beginning.
    rawLast: row.raw_last ?? -1,
    enrichedNext: row.enriched_next ?? 0,
    accepted: row.accepted ?? 0,
    rejected: row.rejected ?? 0,
    repeats: row.repeats ?? 0,
    holes: row.holes ?? 0,
    gap: row.gap_from === null || row.gap_to === null ? null : { from: row.gap_from, to: row.gap_to },
    stopped: row.stopped_code === null ? null : { code: row.stopped_code, detail: row.stopped_detail ?? '' },
    inSegments: { accepted: row.segments_accepted, rejected: row.segments_rejected },
    inHeads: row.in_heads,
    head: row.head,
  };
}

interface Row {
  raw_last: number | null;
  enriched_next: number | null;
  accepted: number | null;
  rejected: number | null;
  repeats: number | null;
  holes: number | null;
  gap_from: number | null;
  gap_to: number | null;
  stopped_code: string | null;
  stopped_detail: string | null;
  head: number;
  in_heads: number;
  segments_accepted: number;
  segments_rejected: number;
}

import type pg from 'pg';
import type { EventKey } from '../domain/event-cursor.ts';

/** What operators look for in the quarantine. */
export interface QuarantineFilter {
  readonly partition?: number | undefined;
  readonly code?: string | undefined;
  readonly org?: string | undefined;
}

/** An event in the quarantine, without its bytes. */
export interface QuarantinedEvent extends EventKey {
  readonly code: string;
  /** The first raw offset of the range that was lost, for `raw-lost`. */
  readonly rawFrom: number | null;
  readonly org: string | null;
  readonly id: string | null;
  readonly source: string | null;
  readonly type: string | null;
  readonly outbox: string | null;
  readonly sequence: number | null;
  readonly length: number;
  readonly digest: string;
  readonly rejectedAt: string;
  readonly state: 'waiting' | 'resubmitting' | 'resubmitted';
  readonly resubmittedAt: string | null;
  readonly resubmittedBy: string | null;
  readonly resubmittedTo: string | null;
}

/** The same with the bytes that were kept. */
export interface QuarantinedWhole extends QuarantinedEvent {
  readonly keyBytes: Buffer | null;
  readonly value: Buffer | null;
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const COLUMNS = `
partition, raw_offset AS "rawOffset", raw_from AS "rawFrom", code, org, id, source, type, outbox, sequence, length, digest, state,
to_char(rejected_at AT TIME ZONE 'UTC', ${ISO}) AS "rejectedAt",
to_char(resubmitted_at AT TIME ZONE 'UTC', ${ISO}) AS "resubmittedAt",
resubmitted_by AS "resubmittedBy", resubmitted_to AS "resubmittedTo"`;

/** Newest first; the cursor is the key of the last one shown. */
const LIST = `
SELECT ${COLUMNS} FROM query.quarantine q
WHERE ($1::integer IS NULL OR partition = $1) AND ($2::text IS NULL OR code = $2) AND ($3::text IS NULL OR org = $3)
  AND ($4::integer IS NULL OR (rejected_at, partition, raw_offset) <
      (SELECT rejected_at, partition, raw_offset FROM query.quarantine c WHERE c.partition = $4 AND c.raw_offset = $5))
ORDER BY rejected_at DESC, partition DESC, raw_offset DESC LIMIT $6`;

export async function listQuarantined(
  pool: pg.Pool,
  { partition, code, org }: QuarantineFilter,
  after: EventKey | undefined,
  limit: number,
): Promise<QuarantinedEvent[]> {
  const values = [
    partition ?? null,
    code ?? null,
    org ?? null,
    after?.partition ?? null,
    after?.rawOffset ?? null,
    limit,
  ];
  return (await pool.query<QuarantinedEvent>(LIST, values)).rows;
}

const ONE = `
SELECT ${COLUMNS}, key AS "keyBytes", value FROM query.quarantine WHERE partition = $1 AND raw_offset = $2`;

export async function readQuarantined(
  client: pg.Pool | pg.PoolClient,
  { partition, rawOffset }: EventKey,
  lock = false,
): Promise<QuarantinedWhole | undefined> {
  const sql = lock ? `${ONE} FOR UPDATE` : ONE;
  return (await client.query<QuarantinedWhole>(sql, [partition, rawOffset])).rows[0];
}

const INTEND = `
UPDATE query.quarantine SET state = 'resubmitting', resubmitted_at = now(), resubmitted_by = $3, resubmitted_to = $4
WHERE partition = $1 AND raw_offset = $2`;

/** Says, before it happens, that an event is submitted again. */
export async function intendResubmission(
  client: pg.PoolClient,
  key: EventKey,
  by: string,
  org: string,
): Promise<void> {
  await client.query(INTEND, [key.partition, key.rawOffset, by, org]);
}

const DONE = `UPDATE query.quarantine SET state = 'resubmitted' WHERE partition = $1 AND raw_offset = $2`;

export async function confirmResubmission(pool: pg.Pool, key: EventKey): Promise<void> {
  await pool.query(DONE, [key.partition, key.rawOffset]);
}

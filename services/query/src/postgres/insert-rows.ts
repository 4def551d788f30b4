import type pg from 'pg';
import type { EventRow } from '../domain/event-row.ts';
import type { QuarantineRow } from '../domain/gather-batch.ts';

/**
 * All rows as one JSON parameter: one statement to plan whatever the number, about 30,000 rows a second. `json`, not
 * `jsonb`: it is read once, in order. No ON CONFLICT: the checkpoint has just been swapped in this transaction, so a
 * row that is there already means that something is wrong, and must stop here.
 */
const INSERT_EVENTS = `
INSERT INTO query.event
  (org, partition, raw_offset, acceptedtime, time, id, source, type, actor_type, actor_id, outcome, targets, search, line)
SELECT org, partition, raw_offset, acceptedtime, time, id, source, type, actor_type, actor_id, outcome, targets, search, line
FROM json_to_recordset($1::json) AS r (
  org text, partition integer, raw_offset bigint, acceptedtime timestamptz, time timestamptz, id text, source text,
  type text, actor_type text, actor_id text, outcome text, targets text[], search text, line text)`;

const INSERT_QUARANTINED = `
INSERT INTO query.quarantine
  (partition, raw_offset, raw_from, code, org, key, value, length, digest, id, source, type, outbox, sequence, rejected_at)
SELECT partition, raw_offset, raw_from, code, org, decode(key, 'base64'), decode(value, 'base64'), length, digest, id, source, type,
       outbox, sequence, rejected_at
FROM json_to_recordset($1::json) AS r (
  partition integer, raw_offset bigint, raw_from bigint, code text, org text, key text, value text, length bigint, digest text, id text,
  source text, type text, outbox text, sequence bigint, rejected_at timestamptz)`;

export async function insertEvents(client: pg.PoolClient, rows: readonly EventRow[]): Promise<void> {
  if (rows.length > 0) await client.query(INSERT_EVENTS, [JSON.stringify(rows)]);
}

export async function insertQuarantined(
  client: pg.PoolClient,
  rows: readonly QuarantineRow[],
): Promise<void> {
  if (rows.length > 0) await client.query(INSERT_QUARANTINED, [JSON.stringify(rows)]);
}

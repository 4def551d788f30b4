/**
 * Numbers what has not been numbered, in the order of ids, and commits by being a statement of its own.
 *
 * No row is skipped, because there is no position that could pass one: a transaction that took id 5 and commits after id 6
 * was sent leaves a row without a number, and the next run of this statement finds it. Within an org that is the order of
 * commits; an event recorded after another one had committed has the greater id, so it can only be numbered later or in
 * the same run behind it.
 *
 * `o.sequence IS NULL` at the end is looked at again under the row's lock: should two relays ever work at once, neither
 * renumbers what the other has numbered.
 */
export const NUMBER_ROWS = `
WITH unnumbered AS (
  SELECT id, row_number() OVER (ORDER BY id) AS place
  FROM (
    SELECT id FROM {schema}.audit_outbox WHERE shard = $1 AND sequence IS NULL ORDER BY id LIMIT $2
  ) next_rows
), counter AS (
  UPDATE {schema}.audit_outbox_shard
  SET sequence = sequence + (SELECT count(*) FROM unnumbered)
  WHERE shard = $1 AND EXISTS (SELECT FROM unnumbered)
  RETURNING sequence - (SELECT count(*) FROM unnumbered) AS base
)
UPDATE {schema}.audit_outbox o
SET sequence = counter.base + unnumbered.place
FROM unnumbered, counter
WHERE o.id = unnumbered.id AND o.sequence IS NULL
RETURNING o.id, o.sequence, o.org, o.event`;

/** Rows that were numbered and perhaps sent, but not acknowledged, oldest number first: what a crash leaves behind. */
export const NUMBERED_ROWS = `
SELECT id, sequence, org, event FROM {schema}.audit_outbox
WHERE shard = $1 AND sequence IS NOT NULL AND org_hash % $2 = $3
ORDER BY sequence LIMIT $4`;

/** In which partitions such rows wait. */
export const NUMBERED_PARTITIONS = `
SELECT DISTINCT org_hash % $2 AS partition FROM {schema}.audit_outbox WHERE shard = $1 AND sequence IS NOT NULL`;

/** Kafka has acknowledged them. */
export const DELETE_ROWS = `DELETE FROM {schema}.audit_outbox WHERE id = ANY ($1::bigint[])`;

/** The identity of this outbox and its number of shards. */
export const ORIGIN = `SELECT id, shards FROM {schema}.audit_outbox_origin`;

/**
 * A session from which nothing is heard for so long is ended by its server, and its locks with it. A relay looks every 0.1 s;
 * without this the locks of one whose machine is gone would be held until TCP gives up, after hours. Servers older than 14
 * do not know it.
 */
export const END_WHEN_SILENT = `
SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'`;

/** A session lock: it ends with the connection, so whoever holds the connection holds the shard. */
export const TRY_LOCK = `SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked`;

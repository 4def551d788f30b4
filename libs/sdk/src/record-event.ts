import { AuditoriumError, partitionOf } from '@auditorium/events';
import type { ComposedEvent } from './compose-event.ts';
import { inSchema } from './outbox-table.ts';
import type { Transaction } from './transaction.ts';
import { requireTransaction, rowsOf } from './transaction.ts';

/** Takes the shard from the database's own number of shards, so writers cannot disagree about it. */
export const INSERT = `
INSERT INTO {schema}.audit_outbox (shard, org_hash, org, event)
SELECT $1::integer % origin.shards, $1, $2, $3 FROM {schema}.audit_outbox_origin origin
RETURNING id`;

/** murmur2 of the org in 31 bits: modulo the shards it gives the shard, modulo the partitions the partition. */
const HASH_RANGE = 2 ** 31;

/**
 * Puts an event in the outbox within the caller's transaction: it is kept if and only if that commits.
 *
 * @throws AuditoriumError `not-in-transaction` or `outbox-missing`; nothing has been stored.
 */
export async function recordEvent(tx: Transaction, event: ComposedEvent, schema: string): Promise<void> {
  requireTransaction(tx);
  const parameters = [partitionOf(event.org, HASH_RANGE), event.org, event.line];
  const rows = await rowsOf(tx, inSchema(INSERT, schema), parameters);
  if (rows.length === 1) return;
  throw new AuditoriumError(
    'outbox-missing',
    `The table ${schema}.audit_outbox_origin is empty: run the outbox migration.`,
  );
}

import { AuditoriumError } from '@auditorium/events';
import { inSchema, type OutboxPlace } from './outbox-table.ts';
import { requireTransaction, rowsOf, type Transaction } from './transaction.ts';

/** In a WITH, because TypeORM answers an UPDATE in another shape than a SELECT. */
const RENEW = `
WITH renewed AS (UPDATE {schema}.audit_outbox_origin SET id = gen_random_uuid() RETURNING id)
SELECT id, (SELECT count(*)::integer FROM {schema}.audit_outbox) AS waiting FROM renewed`;

/** What is new about an outbox. */
export interface RenewedOutbox {
  /** Its identity from now on. */
  readonly id: string;
  /** Rows that waited in it. They are sent under the new identity, whether or not they had been sent since the backup. */
  readonly waiting: number;
}

/**
 * Gives an outbox a new identity: once, after its database was restored from a backup, and before any relay starts. Its counters
 * went back with the database, and numbers that were given before would be rejected as `sequence-reused`.
 *
 * @throws AuditoriumError `not-in-transaction`; `outbox-missing` when there is no outbox
 */
export async function renewOutbox(tx: Transaction, { schema }: OutboxPlace = {}): Promise<RenewedOutbox> {
  requireTransaction(tx);
  const [renewed] = await rowsOf<RenewedOutbox>(tx, inSchema(RENEW, schema), []);
  if (renewed !== undefined) return renewed;
  throw new AuditoriumError('outbox-missing', 'The outbox has no origin: run the outbox migration.');
}

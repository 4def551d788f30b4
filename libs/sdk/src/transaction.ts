import { AuditoriumError } from '@auditorium/events';

/**
 * A transaction that is under way: a `pg` client after `BEGIN`, or TypeORM's `EntityManager` inside `transaction(…)`.
 * Only their shape is asked for, so the SDK depends on neither. A pool or a data source is no transaction and does not
 * compile: each of its statements would commit on its own.
 */
export interface Transaction {
  query(sql: string, parameters: unknown[]): Promise<unknown>;
  /** `pg`: I idle, T in a transaction, E in a failed one. */
  getTransactionStatus?(): string | null;
  /** TypeORM: present on an EntityManager that belongs to a query runner. */
  readonly queryRunner?: { readonly isTransactionActive: boolean } | undefined;
  /** `pg`'s Pool has it. */
  readonly totalCount?: never;
  /** TypeORM's DataSource has it. */
  readonly isInitialized?: never;
}

/** Runs one statement and gives its rows: `pg` answers with `{ rows }`, TypeORM with the rows themselves. */
export async function rowsOf<R>(tx: Transaction, sql: string, parameters: unknown[]): Promise<R[]> {
  const result = await tx.query(sql, parameters);
  if (Array.isArray(result)) return result as R[];
  return (result as { rows: R[] }).rows;
}

/**
 * Makes sure that `tx` is inside a transaction.
 *
 * @throws AuditoriumError `not-in-transaction`: the event would have been stored whether or not the change was.
 */
export function requireTransaction(tx: Transaction): void {
  if (isInTransaction(tx)) return;
  throw new AuditoriumError(
    'not-in-transaction',
    'record(tx, event) needs the transaction of the change: pass the client after awaiting BEGIN, or the EntityManager that transaction(…) hands out.',
  );
}

function isInTransaction(tx: Transaction): boolean {
  if (typeof tx.getTransactionStatus === 'function') return tx.getTransactionStatus() !== 'I';
  if (tx.queryRunner !== undefined) return tx.queryRunner.isTransactionActive;
  // An EntityManager outside of transaction(…) has no query runner; a client of another library cannot be asked.
  return !('transaction' in tx) && !('totalCount' in tx);
}

import { AuditoriumError } from '@auditorium/events';
import type pg from 'pg';
import { takeClient } from './take-client.ts';

/**
 * Runs `work` between BEGIN and COMMIT on one connection; what `work` throws rolls back and is thrown on.
 * @throws AuditoriumError `database-unavailable` (nothing happened, retryable) when there is no connection to be had;
 * `commit-unknown` when the answer to COMMIT was lost, so that the transaction may have happened or not and the caller
 * must read what is true; `conflict` when `work` swallowed a failed statement, after which PostgreSQL rolls back.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  let broken: Error | undefined;
  const onError = (error: Error): void => void (broken = error);
  const client = await takeClient(pool, onError);
  try {
    const result = await beginAndWork(client, work);
    await commit(client);
    return result;
  } catch (error) {
    broken = (await leaveTransaction(client, error)) ?? broken;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function beginAndWork<T>(
  client: pg.PoolClient,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  await client.query('BEGIN');
  return work(client);
}

async function commit(client: pg.PoolClient): Promise<void> {
  const answer = await client.query('COMMIT').catch((cause: unknown) => {
    if (serverRefused(cause)) throw cause;
    throw new AuditoriumError('commit-unknown', 'the answer to COMMIT was lost', { cause, retryable: true });
  });
  if (answer.command === 'COMMIT') return;
  throw new AuditoriumError(
    'conflict',
    'a statement of this transaction had failed, so PostgreSQL rolled it back',
  );
}

/**
 * Whether the server itself said that the COMMIT failed (serialisation, a deferred constraint). Connection errors
 * (class 08), its own shutdown (57P…) and `40003` leave open whether the commit record was written.
 */
function serverRefused(error: unknown): boolean {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (typeof code !== 'string' || typeof severity !== 'string') return false;
  return code !== '40003' && !code.startsWith('08') && !code.startsWith('57P');
}

/** A connection that does not even roll back in this time is thrown away; its server rolls back when it notices. */
const ROLLBACK = { text: 'ROLLBACK', query_timeout: 5_000 };

/** Rolls back; returns the error for which the connection must be thrown away, if any. */
async function leaveTransaction(client: pg.PoolClient, error: unknown): Promise<Error | undefined> {
  if (error instanceof AuditoriumError && error.code === 'commit-unknown') return error;
  try {
    await client.query(ROLLBACK);
    return undefined;
  } catch (rollbackError) {
    return rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
  }
}

import { AuditoriumError } from '@auditorium/events';
import pg from 'pg';

export interface PoolOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** Most connections at once; 10 unless told otherwise. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Role that every connection takes before its first statement, such as the one that row-level security binds. */
  readonly role?: string;
  /**
   * Longest that a statement may stay without an answer, ms; 60,000 unless told otherwise. Where it is a COMMIT, the answer
   * counts as lost. Without a limit a connection that broke without saying so would hold its user for ever.
   */
  readonly queryTimeoutMs?: number;
  /** Told when an idle connection breaks. The pool replaces it by itself; the next statement finds out if it cannot. */
  readonly onIdleError?: (error: Error) => void;
}

const INT8 = 20;
const QUERY_TIMEOUT_MS = 60_000;
/** An idle connection is asked this often whether it still stands: one whose other end is gone is found within half a minute. */
const KEEP_ALIVE_MS = 20_000;

/**
 * A pool of connections. `bigint` columns come back as numbers (offsets, sequences and counts are below 2^53; anything
 * above is an error, never a rounded value). A connection whose process forgot its transaction is ended after a minute,
 * so that it cannot hold a lock for ever.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { url, max = 10, applicationName, role, onIdleError } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    query_timeout: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    types: { getTypeParser },
    ...(role === undefined ? {} : { options: `-c role=${checkedRole(role)}` }),
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', (error) => onIdleError?.(error));
  return pool;
}

function checkedRole(role: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(role)) {
    throw new AuditoriumError('settings-invalid', `"${role}" cannot be the name of a database role`);
  }
  return role;
}

const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary'
    ? wholeNumber
    : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new AuditoriumError('internal', `bigint ${text} is beyond what a number holds`);
  return value;
}

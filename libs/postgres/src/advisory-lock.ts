import type pg from 'pg';

const KEY = 'hashtextextended($1, 0)';

/**
 * Takes the lock named `key` for this connection, unless another connection holds it. It is held until
 * `advisoryUnlock`, or until the connection ends: whoever holds it must watch the connection.
 */
export async function tryAdvisoryLock(client: pg.ClientBase, key: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${KEY}) AS taken`, [
    key,
  ]);
  return rows[0]?.taken === true;
}

/**
 * A session from which its server hears nothing for so long is ended, and its locks with it. For whoever keeps a lock and
 * speaks all the time: without it the locks of a machine that is gone would be held until TCP gives up, after hours.
 */
export async function endWhenSilent(client: pg.ClientBase, ms: number): Promise<void> {
  await client.query("SELECT set_config('idle_session_timeout', $1, false)", [String(ms)]);
}

/** Gives the lock back; true when this connection held it. */
export async function advisoryUnlock(client: pg.ClientBase, key: string): Promise<boolean> {
  const { rows } = await client.query<{ given: boolean }>(`SELECT pg_advisory_unlock(${KEY}) AS given`, [
    key,
  ]);
  return rows[0]?.given === true;
}

/** Waits for the lock named `key`, runs `work`, gives the lock back, whatever `work` does. */
export async function withAdvisoryLock<T>(
  client: pg.ClientBase,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(`SELECT pg_advisory_lock(${KEY})`, [key]);
  try {
    return await work();
  } finally {
    // Where the connection is gone, the server has given the lock back already; the error of `work` is what matters.
    await advisoryUnlock(client, key).catch(() => false);
  }
}

import { AuditoriumError } from '@auditorium/events';
import type pg from 'pg';

/**
 * Takes a connection out of the pool, `onError` listening to it from the first moment on: while it is out the pool does not
 * listen, and an unheard error would end the process. By callback, because a server that goes away right after its greeting
 * makes the client emit `error` before a promise could be awaited.
 * @throws AuditoriumError `database-unavailable`
 */
export function takeClient(pool: pg.Pool, onError: (error: Error) => void): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((cause, client) => {
      if (client === undefined) {
        const message = 'no connection to PostgreSQL';
        reject(new AuditoriumError('database-unavailable', message, { cause, retryable: true }));
        return;
      }
      client.on('error', onError);
      resolve(client);
    });
  });
}

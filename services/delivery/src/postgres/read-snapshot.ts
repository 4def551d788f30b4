import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';

/** Runs `read` on one snapshot of the database: everything it counts was true at the same moment. */
export function readSnapshot<T>(pool: pg.Pool, read: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return read(client);
  });
}

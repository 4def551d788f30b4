import { createDatabase } from '@auditorium/testing';
import pg from 'pg';
import { outboxTableSql } from '../../src/index.ts';

/** A product's own database with an outbox and a table of its own. */
export async function productDatabase(shards = 4): Promise<{ url: string; pool: pg.Pool }> {
  const url = await createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  // Tests kill connections on purpose.
  pool.on('error', () => undefined);
  await pool.query(outboxTableSql({ shards }));
  await pool.query('CREATE TABLE project (id text PRIMARY KEY, name text NOT NULL)');
  return { url, pool };
}

/** Runs work between BEGIN and COMMIT. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

import { once } from 'node:events';
import net from 'node:net';
import { isAuditoriumError } from '@auditorium/events';
import { createDatabase, startPostgresProxy } from '@auditorium/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, inTransaction, migrate, tryAdvisoryLock, withAdvisoryLock } from '../src/index.ts';

let url: string;
let pool: pg.Pool;

beforeAll(async () => {
  url = await createDatabase();
  pool = createPool({ url, applicationName: 'test' });
  await pool.query('CREATE TABLE fact (id bigint PRIMARY KEY)');
});
afterAll(() => pool.end());

const has = async (id: number): Promise<boolean> =>
  (await pool.query('SELECT 1 FROM fact WHERE id = $1', [id])).rowCount === 1;
const insert = (id: number) => (client: pg.PoolClient) => client.query('INSERT INTO fact VALUES ($1)', [id]);
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (isAuditoriumError(error) ? error.code : (error as { code?: unknown }).code),
  );

describe('a transaction', () => {
  it('keeps all of it or nothing', async () => {
    await inTransaction(pool, insert(1));
    const failed = inTransaction(pool, async (client) => {
      await insert(2)(client);
      throw new Error('stop');
    });
    await expect(failed).rejects.toThrow('stop');
    expect([await has(1), await has(2)]).toEqual([true, false]);
  });

  it.each([
    ['before', 100, false],
    ['after', 101, true],
  ] as const)('cut %s the COMMIT says that nobody knows, never that it failed', async (when, id, there) => {
    const proxy = await startPostgresProxy(url);
    proxy.cutNextCommit(when);
    const cut = createPool({ url: proxy.url, applicationName: 'cut' });
    expect(await codeOf(inTransaction(cut, insert(id)))).toBe('commit-unknown');
    await cut.end();
    await proxy.close();
    await expect.poll(() => has(id)).toBe(there);
  });

  it('on a connection that says nothing any more ends, and the next one has another', async () => {
    const proxy = await startPostgresProxy(url);
    const held = createPool({ url: proxy.url, applicationName: 'held', max: 1, queryTimeoutMs: 200 });
    const silence = inTransaction(held, async (client) => {
      await insert(200)(client);
      proxy.flow({ toClient: 'hold' });
      await insert(201)(client);
    });
    await expect(silence).rejects.toThrow();
    proxy.heal();
    await inTransaction(held, insert(202));
    expect([await has(200), await has(201), await has(202)]).toEqual([false, false, true]);
    await held.end();
    await proxy.close();
  });

  it('is never without a limit, so that no connection can hold anybody for ever', async () => {
    const untold = createPool({ url, applicationName: 'untold' });
    expect(untold.options.query_timeout).toBeGreaterThan(0);
    expect(untold.options.connectionTimeoutMillis).toBeGreaterThan(0);
    await untold.end();
  });

  it('of a server that goes away right behind its greeting rejects and leaves the process alive', async () => {
    const greeting = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');
    const fields = Buffer.from('SFATAL\0C57P01\0Mshutting down\0\0', 'latin1');
    const length = Buffer.alloc(4);
    length.writeInt32BE(fields.length + 4);
    const farewell = Buffer.concat([Buffer.from('E'), length, fields]);
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([greeting, farewell])));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const leaving = createPool({ url: `postgres://u:p@127.0.0.1:${port}/d`, applicationName: 'leaving' });
    await expect(inTransaction(leaving, insert(300))).rejects.toThrow();
    await leaving.end();
    server.close();
  });

  it('whose connection is ended in the middle rejects and leaves the process and the pool alive', async () => {
    const ended = inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await insert(3)(client);
    });
    await expect(ended).rejects.toThrow();
    expect(await has(3)).toBe(false);
    await inTransaction(pool, insert(4));
  });

  it("refused by the server at COMMIT passes the server's reason on", async () => {
    await pool.query('CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    const twice = inTransaction(pool, (client) => client.query('INSERT INTO late VALUES (1), (1)'));
    expect(await codeOf(twice)).toBe('23505');
  });

  it('that swallowed a failed statement does not pretend to have committed', async () => {
    const swallowed = inTransaction(pool, async (client) => {
      await insert(5)(client);
      await client.query('SELECT broken').catch(() => undefined);
    });
    expect(await codeOf(swallowed)).toBe('conflict');
    expect(await has(5)).toBe(false);
  });

  it('without a database says that nothing happened and may be tried again', async () => {
    const nowhere = createPool({ url: 'postgresql://x:y@127.0.0.1:1/z', applicationName: 'test' });
    expect(await codeOf(inTransaction(nowhere, insert(6)))).toBe('database-unavailable');
    await nowhere.end();
  });
});

describe('the pool', () => {
  it('reads bigint as a number and refuses to round', async () => {
    expect((await pool.query('SELECT 9007199254740991::bigint AS n')).rows).toEqual([
      { n: 9007199254740991 },
    ]);
    await expect(pool.query('SELECT 9007199254740992::bigint AS n')).rejects.toThrow('beyond');
  });

  it('takes the role it was given before the first statement', async () => {
    await pool.query(
      'DO $$ BEGIN CREATE ROLE auditorium_test_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
    );
    const reader = createPool({ url, applicationName: 'test', role: 'auditorium_test_reader' });
    expect((await reader.query('SELECT current_user AS role')).rows).toEqual([
      { role: 'auditorium_test_reader' },
    ]);
    await expect(reader.query('SELECT * FROM fact')).rejects.toThrow('permission denied');
    await reader.end();
    expect(() => createPool({ url, applicationName: 'test', role: 'a -c b=c' })).toThrow('role');
  });
});

describe('an advisory lock', () => {
  it('is held by one connection at a time and ends with it', async () => {
    const first = new pg.Client({ connectionString: url });
    await first.connect();
    expect(await tryAdvisoryLock(first, 'shard-1')).toBe(true);
    await inTransaction(pool, async (client) => expect(await tryAdvisoryLock(client, 'shard-1')).toBe(false));
    await first.end();
    const taken = inTransaction(pool, (client) =>
      withAdvisoryLock(client, 'shard-1', () => Promise.resolve('mine')),
    );
    expect(await taken).toBe('mine');
  });
});

class CreateThing1700000000001 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('CREATE TABLE thing (id int)');
    await runner.query('INSERT INTO thing VALUES (1)');
  }
  async down(): Promise<void> {}
}
class Broken1700000000002 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('CREATE TABLE half (id int)');
    await runner.query('CREATE nonsense');
  }
  async down(): Promise<void> {}
}

describe('migrations', () => {
  it('run once although three instances start together', async () => {
    const options = { url, schema: 'things', migrations: [CreateThing1700000000001] };
    await Promise.all([migrate(options), migrate(options), migrate(options)]);
    expect((await pool.query('SELECT id FROM things.thing')).rows).toEqual([{ id: 1 }]);
  });

  it('that fail leave nothing half-made', async () => {
    const options = { url, schema: 'broken', migrations: [CreateThing1700000000001, Broken1700000000002] };
    expect(await codeOf(migrate(options))).toBe('migration-failed');
    expect(
      (
        await pool.query(
          "SELECT to_regclass('broken.half') AS half, to_regclass('broken.thing')::text AS thing",
        )
      ).rows,
    ).toEqual([{ half: null, thing: 'broken.thing' }]);
  });
});

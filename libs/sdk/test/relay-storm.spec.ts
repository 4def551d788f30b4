import {
  NETWORK_FAULTS,
  type NetworkFaultName,
  type PostgresProxy,
  startPostgresProxy,
} from '@auditorium/testing';
import type { Producer } from '@auditorium/kafka';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAudit, createRelay } from '../src/index.ts';
import { RelayConnection, type RelayPool } from '../src/relay-connection.ts';
import { inTransaction, productDatabase } from './support/product-database.ts';
import { keptOf, PARTITIONS, rawTopic, readRaw, until } from './support/raw-topic.ts';
import { catalogue } from './support/shop-catalogue.ts';

const audit = createAudit({ source: 'shop/projects', catalogue });
const orgs = Array.from({ length: 4 }, (_none, n) => `org_${n}`);

let kafka: { brokers: string[]; topic: string; producer: Producer };
let database: { url: string; pool: pg.Pool };
let proxy: PostgresProxy;
/** As a product may have it: no timeout of any kind. */
let pool: pg.Pool;

beforeAll(async () => {
  kafka = await rawTopic();
});
afterAll(() => kafka.producer.close());
beforeEach(async () => {
  database = await productDatabase();
  proxy = await startPostgresProxy(database.url);
  pool = new pg.Pool({ connectionString: proxy.url, application_name: 'relay' });
  pool.on('error', () => undefined);
});
afterEach(async () => {
  await proxy.close();
  await Promise.all([pool.end(), database.pool.end()]);
});

/** The product's own way to its database is well. */
const record = (org: string, n: number): Promise<void> =>
  inTransaction(database.pool, async (client) => {
    const targets = [{ type: 'project', id: `${org}-${n}` }] as const;
    await audit.record(client, {
      action: 'project.deleted',
      org,
      actor: { type: 'user', id: 'u1' },
      targets,
    });
  });

async function recordSome(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) await Promise.all(orgs.map((org) => record(org, n)));
}

const waiting = async (): Promise<number> =>
  (await database.pool.query('SELECT count(*)::int AS n FROM audit_outbox')).rows[0].n;

describe.each(Object.keys(NETWORK_FAULTS) as NetworkFaultName[])('%s before PostgreSQL', (name) => {
  it('costs the relay time: everything arrives in order, under numbers that are not used twice', async () => {
    const log = { info: () => undefined, warn: () => undefined };
    const relay = createRelay({ ...kafka, pool, partitions: PARTITIONS, log, pollMs: 5, retryMs: 100 });
    relay.start();
    await recordSome(0, 10);
    await until(async () => (await waiting()) < 40, 'the relay at work');
    proxy.connections.clear();
    const end = NETWORK_FAULTS[name](proxy);
    await recordSome(10, 25);
    await new Promise((resolve) => setTimeout(resolve, 500));
    end();
    // One connection at a time, and a pause between two.
    expect(proxy.connections.of('relay')).toBeLessThan(15);
    await recordSome(25, 30);
    await until(async () => (await waiting()) === 0, 'an empty outbox');
    await relay.close();
    const { rows } = await database.pool.query('SELECT id FROM audit_outbox_origin');
    const mine = (await readRaw(kafka.brokers, kafka.topic)).filter((raw) =>
      raw.outbox?.startsWith(rows[0].id),
    );
    const kept = keptOf(mine).map(({ org, line }) => ({ org, id: JSON.parse(line).data.targets[0].id }));
    for (const org of orgs)
      expect(kept.filter((raw) => raw.org === org).map(({ id }) => id)).toEqual(
        Array.from({ length: 30 }, (_none, n) => `${org}-${n}`),
      );
  });
});

describe('a connection of the relay', () => {
  it('that is never made is given up, and given back when it is made after all', async () => {
    const end = NETWORK_FAULTS['a silence after which everything comes late'](proxy);
    await expect(
      RelayConnection.open(pool as RelayPool, 'public', { patienceMs: 100 }),
    ).rejects.toMatchObject({
      code: 'database-unavailable',
    });
    end();
    await expect.poll(() => pool.totalCount).toBe(0);
    (await RelayConnection.open(pool as RelayPool, 'public')).close();
  });

  it('whose machine is gone gives its locks back although nobody told the server', async () => {
    const gone = await RelayConnection.open(pool as RelayPool, 'public', { silenceMs: 300 });
    const lock = 'SELECT pg_try_advisory_lock(42) AS taken';
    expect(await gone.rows(lock, [])).toEqual([{ taken: true }]);
    proxy.flow({ toServer: 'hold', toClient: 'hold' });
    await until(async () => (await database.pool.query(lock)).rows[0].taken, 'the lock');
    gone.close();
  });
});

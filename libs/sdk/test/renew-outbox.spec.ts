import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Producer } from '@auditorium/kafka';
import { createAudit, createRelay, renewOutbox } from '../src/index.ts';
import { inTransaction, productDatabase } from './support/product-database.ts';
import { keptOf, PARTITIONS, rawTopic, readRaw, until } from './support/raw-topic.ts';
import { catalogue } from './support/shop-catalogue.ts';

const audit = createAudit({ source: 'shop/projects', catalogue });
let kafka: { brokers: string[]; topic: string; producer: Producer };
let database: { url: string; pool: pg.Pool };

beforeAll(async () => {
  kafka = await rawTopic();
  database = await productDatabase(1);
});
afterAll(async () => {
  await database.pool.end();
  await kafka.producer.close();
});

/** Records events and has them sent. */
async function sent(names: readonly string[]): Promise<void> {
  await inTransaction(database.pool, async (client) => {
    for (const id of names) {
      await audit.record(client, {
        action: 'project.deleted',
        org: 'org_a',
        actor: { type: 'user', id: 'u1' },
        targets: [{ type: 'project', id }],
      });
    }
  });
  const pool = new pg.Pool({ connectionString: database.url });
  const { topic, producer } = kafka;
  const log = { info: () => undefined, warn: () => undefined };
  const relay = createRelay({ pool, producer, topic, partitions: PARTITIONS, log, pollMs: 5, retryMs: 20 });
  relay.start();
  await until(async () => {
    const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM audit_outbox');
    return rows[0].n === 0;
  }, 'the outbox to be empty');
  await relay.close();
  await pool.end();
}

/** What a backup brings back: the counters of before. */
const restore = () => database.pool.query('UPDATE audit_outbox_shard SET sequence = 0');

test('a restored outbox uses its numbers again, which is why it needs a new identity', async () => {
  await sent(['p1', 'p2', 'p3']);
  await restore();
  const { id, waiting } = await inTransaction(database.pool, (client) => renewOutbox(client));
  expect(waiting).toBe(0);
  await sent(['p4', 'p5']);
  const kept = keptOf(await readRaw(kafka.brokers, kafka.topic));
  expect(kept.map(({ line }) => JSON.parse(line).data.targets[0].id)).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
  expect(new Set(kept.slice(3).map(({ outbox }) => outbox))).toEqual(new Set([`${id}/0`]));

  await restore();
  await sent(['p6']);
  await expect(readRaw(kafka.brokers, kafka.topic).then(keptOf)).rejects.toThrow('used again');
});

test('outside of a transaction, or without an outbox, nothing is renewed', async () => {
  await expect(renewOutbox(database.pool as never)).rejects.toMatchObject({ code: 'not-in-transaction' });
});

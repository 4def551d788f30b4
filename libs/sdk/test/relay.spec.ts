import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Producer } from '@auditorium/kafka';
import { uniqueName } from '@auditorium/testing';
import type { Relay, RelayCrashPoint } from '../src/index.ts';
import { createAudit, createRelay, RELAY_CRASH_POINTS } from '../src/index.ts';
import { inTransaction, productDatabase } from './support/product-database.ts';
import { keptOf, PARTITIONS, type Raw, rawTopic, readRaw, until } from './support/raw-topic.ts';
import { catalogue } from './support/shop-catalogue.ts';

const audit = createAudit({ source: 'shop/projects', catalogue });
const actor = { type: 'user', id: 'u1' };
const orgs = Array.from({ length: 8 }, (_none, n) => `org_${n}`);
const quiet = { info: () => undefined, warn: () => undefined };

let database: { url: string; pool: pg.Pool };
let kafka: { brokers: string[]; topic: string; producer: Producer };
let closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  kafka = await rawTopic();
});

afterAll(async () => {
  await kafka?.producer.close();
});

beforeEach(async () => {
  database = await productDatabase();
});

afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
  await database.pool.end();
});

interface StartedRelay {
  readonly relay: Relay;
  /** Ends its connection as a crash of the database or the network would. */
  readonly cut: () => Promise<void>;
}

function startRelay(
  options: { reached?: (point: RelayCrashPoint) => Promise<void>; producer?: Producer } = {},
): StartedRelay {
  const name = `relay-${uniqueName()}`;
  const pool = new pg.Pool({ connectionString: database.url, application_name: name });
  pool.on('error', () => undefined);
  const relay = createRelay({
    pool,
    producer: options.producer ?? kafka.producer,
    topic: kafka.topic,
    partitions: PARTITIONS,
    log: quiet,
    pollMs: 5,
    retryMs: 20,
    ...(options.reached && { reached: options.reached }),
  });
  relay.start();
  closing.push(async () => {
    await relay.close();
    await pool.end();
  });
  const cut = async (): Promise<void> => {
    await database.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [name],
    );
  };
  return { relay, cut };
}

async function record(org: string, n: number, hold?: Promise<void>): Promise<void> {
  await inTransaction(database.pool, async (client) => {
    await audit.record(client, {
      action: 'project.deleted',
      org,
      actor,
      targets: [{ type: 'project', id: `${org}-${n}` }],
    });
    await hold;
  });
}

/** Records `count` events in each org; within an org each after the one before has committed. */
async function recordSome(count: number, from = 0): Promise<void> {
  await Promise.all(
    orgs.map(async (org) => {
      for (let n = from; n < from + count; n += 1) await record(org, n);
    }),
  );
}

async function isEmpty(): Promise<boolean> {
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM audit_outbox');
  return rows[0].n === 0;
}

const targetOf = (raw: Raw): string => JSON.parse(raw.line).data.targets[0].id;

/** What enrichment would keep of this test's events, as the targets of each org in their order. */
async function arrived(): Promise<Record<string, string[]>> {
  const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM audit_outbox_origin');
  const mine = (await readRaw(kafka.brokers, kafka.topic)).filter(({ outbox }) =>
    outbox?.startsWith(rows[0]!.id),
  );
  const byOrg = Object.groupBy(keptOf(mine), ({ org }) => org);
  return Object.fromEntries(orgs.map((org) => [org, (byOrg[org] ?? []).map(targetOf)]));
}

const inOrder = (count: number): Record<string, string[]> =>
  Object.fromEntries(orgs.map((org) => [org, Array.from({ length: count }, (_none, n) => `${org}-${n}`)]));

test('Beyond 1 what was committed arrives, in the order of each org; what was rolled back does not', async () => {
  startRelay();
  const rolledBack = orgs.map((org) =>
    inTransaction(database.pool, async (client) => {
      await audit.record(client, {
        action: 'project.deleted',
        org,
        actor,
        targets: [{ type: 'project', id: 'never' }],
      });
      throw new Error('rolled back');
    }).catch(() => undefined),
  );
  await Promise.all([recordSome(25), ...rolledBack]);
  await until(isEmpty, 'an empty outbox');
  expect(await arrived()).toEqual(inOrder(25));
});

test('Beyond 1 a transaction that commits long after later ones is not skipped', async () => {
  startRelay();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const late = orgs.map((org) => record(org, 99, held));
  await until(async () => {
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`,
    );
    return rows[0].n === orgs.length;
  }, 'all to hold their ids');
  await recordSome(3);
  await until(isEmpty, 'an empty outbox');
  release();
  await Promise.all(late);
  await until(isEmpty, 'an empty outbox');
  const expected = Object.fromEntries(
    orgs.map((org) => [org, [`${org}-0`, `${org}-1`, `${org}-2`, `${org}-99`]]),
  );
  expect(await arrived()).toEqual(expected);
});

test.each(RELAY_CRASH_POINTS)(
  'Beyond 1 a relay killed at %s loses nothing and reuses no number',
  async (point) => {
    await recordSome(10);
    let hits = 0;
    const first = startRelay({
      // From the second time on it never comes back, as if the process had ended there.
      reached: async (here) => {
        if (here === point && (hits += 1) > 1) await new Promise(() => undefined);
      },
    });
    await until(() => hits > 1 || isEmpty(), 'the crash point');
    await recordSome(5, 10);
    closing = closing.slice(0, -1);
    await first.cut();
    startRelay();
    await until(isEmpty, 'an empty outbox');
    expect(await arrived()).toEqual(inOrder(15));
  },
);

test('two relays of one shard never interleave, however often the one that works loses its connection', async () => {
  const relays = [startRelay(), startRelay(), startRelay()];
  const recording = recordSome(120);
  let cuts = 0;
  let done = false;
  const cutting = (async () => {
    while (!done) {
      await relays[cuts % relays.length]?.cut();
      cuts += 1;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  await recording;
  done = true;
  await cutting;
  await until(isEmpty, 'an empty outbox');
  expect(cuts).toBeGreaterThan(3);
  expect(await arrived()).toEqual(inOrder(120));
});

test('a send that fails, or of which nobody knows whether it arrived, is repeated before anything after it', async () => {
  let sends = 0;
  const flaky: Producer = {
    ...kafka.producer,
    send: async (topic, partition, messages) => {
      sends += 1;
      if (sends % 3 === 1) throw new Error('not sent');
      const answer = await kafka.producer.send(topic, partition, messages);
      if (sends % 3 === 2) throw new Error('sent, but the answer was lost');
      return answer;
    },
  };
  startRelay({ producer: flaky });
  await recordSome(20);
  await until(isEmpty, 'an empty outbox');
  expect(await arrived()).toEqual(inOrder(20));
});

test('a partition that cannot be sent to holds up no other', async () => {
  let broken: number | undefined;
  let mended = false;
  const producer: Producer = {
    ...kafka.producer,
    send: (topic, partition, messages) => {
      broken ??= partition;
      if (partition === broken && !mended) return Promise.reject(new Error('no leader'));
      return kafka.producer.send(topic, partition, messages);
    },
  };
  startRelay({ producer });
  await recordSome(5);
  const waiting = async (): Promise<string[]> =>
    (await database.pool.query('SELECT DISTINCT org FROM audit_outbox')).rows.map(({ org }) => org);
  await until(async () => (await waiting()).length < orgs.length / 2, 'the other partitions');
  mended = true;
  await until(isEmpty, 'an empty outbox');
  expect(await arrived()).toEqual(inOrder(5));
});

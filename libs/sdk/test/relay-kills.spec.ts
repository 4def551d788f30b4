import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Producer } from '@auditorium/kafka';
import { createAudit } from '../src/index.ts';
import { inTransaction, productDatabase } from './support/product-database.ts';
import { keptOf, PARTITIONS, rawTopic, readRaw, until } from './support/raw-topic.ts';
import { catalogue } from './support/shop-catalogue.ts';

const COMMITS = 1500;
const KILLS = 10;
const WRITERS = 10;

const program = fileURLToPath(new URL('support/relay-process.ts', import.meta.url));
const audit = createAudit({ source: 'shop/projects', catalogue });

let database: Awaited<ReturnType<typeof productDatabase>>;
let kafka: { brokers: string[]; topic: string; producer: Producer };

beforeAll(async () => {
  database = await productDatabase();
  kafka = await rawTopic();
});

afterAll(async () => {
  await kafka?.producer.close();
  await database?.pool.end();
});

function startRelay(): ChildProcess {
  const settings = { url: database.url, brokers: kafka.brokers, topic: kafka.topic, partitions: PARTITIONS };
  const args = [
    '--conditions=@auditorium/source',
    '--disable-warning=ExperimentalWarning',
    program,
    JSON.stringify(settings),
  ];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve));
}

/** Commits events of one org, each after the one before; now and then a change is rolled back. */
async function write(org: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const target = [{ type: 'project', id: `${n}` }] as const;
    const event = {
      action: 'project.deleted',
      org,
      actor: { type: 'user', id: 'u' },
      targets: target,
    } as const;
    if (n % 7 === 3) {
      await inTransaction(database.pool, async (client) => {
        await audit.record(client, { ...event, targets: [{ type: 'project', id: 'rolled back' }] });
        throw new Error('rolled back');
      }).catch(() => undefined);
    }
    await inTransaction(database.pool, (client) => audit.record(client, event));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test(`Beyond 1 ${COMMITS} commits while the relay's process is killed ${KILLS} times: each event arrives once, in order`, async () => {
  const each = COMMITS / WRITERS;
  const orgs = Array.from({ length: WRITERS }, (_none, n) => `org_${n}`);
  // Two at a time, so that one takes over where the other was killed.
  const relays = [startRelay(), startRelay()];
  const writing = Promise.all(orgs.map((org) => write(org, each)));
  for (let kills = 0; kills < KILLS; kills += 1) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const victim = relays[kills % 2]!;
    victim.kill('SIGKILL');
    await ended(victim);
    relays[kills % 2] = startRelay();
  }
  await writing;
  await until(async () => {
    const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM audit_outbox');
    return rows[0].n === 0;
  }, 'an empty outbox');
  for (const relay of relays) relay.kill('SIGKILL');
  await Promise.all(relays.map(ended));

  const raw = await readRaw(kafka.brokers, kafka.topic);
  const kept = Map.groupBy(keptOf(raw), ({ org }) => org);
  const inOrder = Array.from({ length: each }, (_none, n) => String(n));
  for (const org of orgs) {
    expect(kept.get(org)?.map(({ line }) => JSON.parse(line).data.targets[0].id)).toEqual(inOrder);
  }
  expect(new Set(raw.map(({ line }) => JSON.parse(line).id)).size).toBe(COMMITS);
});

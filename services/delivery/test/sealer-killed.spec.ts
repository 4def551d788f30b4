import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { topicRequirements, topicsOf } from '@auditorium/events';
import { createProducer, ensureTopics, type Producer } from '@auditorium/kafka';
import { topicPrefix, useServers } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SealerPoint } from '../src/seal-segment.ts';
import { acceptedMessage, createLedger, history, type Ledger } from './sealer-harness.ts';
import type { SealerLife } from './sealer-process.ts';

const topics = topicsOf(topicPrefix());
const EVENTS = 1200;
let ledger: Ledger;
let producer: Producer;
let life: SealerLife;

beforeAll(async () => {
  ledger = await createLedger();
  const { kafkaBrokers: brokers, s3Endpoint } = await useServers();
  await ensureTopics({
    brokers,
    requirements: topicRequirements(topics, { replication: 1, partitions: 1 }),
    create: true,
  });
  producer = createProducer({ brokers, clientId: 'test' });
  const { databaseUrl, bucket } = ledger;
  life = { brokers, databaseUrl, s3Endpoint, bucket, topic: topics.enriched, groupId: '' };
});
afterAll(async () => {
  await producer.close();
  await ledger.close();
});

const org = (raw: number): string => `org_${raw % 3}`;

/** Enrichment's output on raw offsets `from` to `to`, exclusive. */
async function enrich(from: number, to: number): Promise<void> {
  const messages = Array.from({ length: to - from }, (_, index) => {
    const rawOffset = from + index;
    return acceptedMessage(org(rawOffset), rawOffset, `{"raw":${rawOffset}}`);
  });
  await producer.send(topics.enriched, 0, messages);
}

const children = new Set<() => void>();
afterAll(() => children.forEach((kill) => kill()));

/** A new process, in a group of its own: nobody waits for the one before to be missed. */
function born(options: Partial<SealerLife>) {
  const groupId = `${topics.enriched}.${children.size}`;
  const child = spawn(
    process.execPath,
    [
      '--conditions=@auditorium/source',
      '--no-warnings',
      fileURLToPath(new URL('sealer-process.ts', import.meta.url)),
    ],
    {
      env: { ...process.env, SEALER_LIFE: JSON.stringify({ ...life, groupId, ...options }) },
      stdio: 'ignore',
    },
  );
  const died = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('exit', (_, signal) => resolve(signal)),
  );
  const kill = (): void => void child.kill('SIGKILL');
  children.add(kill);
  return { died, kill };
}

async function sealed(): Promise<number> {
  const { rows } = await ledger.pool.query<{ raw_last: number }>('SELECT raw_last FROM delivery.partition');
  return (rows[0]?.raw_last ?? -1) + 1;
}

describe('kill -9', () => {
  it('of the process at every point, while enrichment writes and repeats itself: 0 lost, 0 twice', async () => {
    const points: SealerPoint[] = [
      'sealer.after-epoch',
      'sealer.before-row',
      'sealer.after-row',
      'sealer.after-put',
      'sealer.before-commit',
      'sealer.after-commit',
    ];
    let written = 0;
    for (const [index, point] of points.entries()) {
      await enrich(Math.max(0, written - 20), written + 100);
      written += 100;
      expect(await born({ point, nth: (index % 2) + 1 }).died).toBe('SIGKILL');
    }
    await enrich(written - 50, EVENTS);
    const last = born({});
    await expect.poll(sealed, { timeout: 40_000 }).toBe(EVENTS);
    last.kill();
    expect(await last.died).toBe('SIGKILL');
    for (const name of ['org_0', 'org_1', 'org_2']) {
      const want = Array.from({ length: EVENTS }, (_, raw) => raw).filter((raw) => org(raw) === name);
      expect((await history(ledger, name)).map(({ raw }) => raw)).toEqual(want);
    }
  }, 120_000);
});

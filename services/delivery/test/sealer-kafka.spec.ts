import { topicRequirements, topicsOf } from '@auditorium/events';
import {
  consumeTopic,
  createProducer,
  ensureTopics,
  type Consumption,
  type Producer,
} from '@auditorium/kafka';
import { topicPrefix, useServers } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPartitions } from '../src/open-partition.ts';
import {
  acceptedMessage,
  createLedger,
  dependencies,
  history,
  silent,
  type Ledger,
} from './sealer-harness.ts';

const PARTITIONS = 3;
const topics = topicsOf(topicPrefix());
let ledger: Ledger;
let brokers: string[];
let producer: Producer;

beforeAll(async () => {
  ledger = await createLedger();
  brokers = (await useServers()).kafkaBrokers;
  const requirements = topicRequirements(topics, { replication: 1, partitions: PARTITIONS });
  await ensureTopics({ brokers, requirements, create: true });
  producer = createProducer({ brokers, clientId: 'test' });
});
afterAll(async () => {
  await producer.close();
  await ledger.close();
});

const line = (partition: number, raw: number): string => `{"partition":${partition},"raw":${raw}}`;

/** Enrichment's output for raw offsets `from` to `to`, exclusive, of one partition. */
async function enrich(partition: number, from: number, to: number): Promise<void> {
  const messages = Array.from({ length: to - from }, (_, index) => {
    const rawOffset = from + index;
    return acceptedMessage(`org_${partition}`, rawOffset, line(partition, rawOffset));
  });
  await producer.send(topics.enriched, partition, messages);
}

function sealer(): Promise<Consumption> {
  const deps = dependencies(ledger, { intervalMs: 30, segmentBytes: 5_000 });
  const onFatal = (error: unknown): void => {
    throw error;
  };
  return consumeTopic({
    brokers,
    clientId: 'sealer',
    groupId: `${topics.enriched}.sealer`,
    topic: topics.enriched,
    source: openPartitions(deps),
    log: silent,
    onFatal,
  });
}

async function sealed(): Promise<number[]> {
  const { rows } = await ledger.pool.query('SELECT raw_last FROM delivery.partition ORDER BY partition');
  return rows.map((row: { raw_last: number }) => row.raw_last);
}

describe('the sealer on Kafka', () => {
  it('two of them, coming and going while enrichment writes and repeats: every event once, in order', async () => {
    const all = [0, 1, 2];
    for (const partition of all) await enrich(partition, 0, 500);
    const first = await sealer();
    await expect.poll(sealed, { timeout: 30_000 }).toEqual([499, 499, 499]);
    const second = await sealer();
    for (let round = 0; round < 10; round += 1) {
      for (const partition of all) await enrich(partition, 400 + round * 100, 600 + round * 100);
    }
    await first.close();
    await expect.poll(sealed, { timeout: 30_000 }).toEqual([1499, 1499, 1499]);
    await second.close();
    for (const partition of all) {
      const events = await history(ledger, `org_${partition}`);
      expect(events.map(({ line }) => line)).toEqual(
        Array.from({ length: 1500 }, (_, raw) => line(partition, raw)),
      );
    }
  });
});

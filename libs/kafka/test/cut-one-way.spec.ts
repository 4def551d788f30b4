import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, startKafka, type KafkaCluster } from '@auditorium/local';
import { type KafkaProxy, NETWORK_FAULTS, type NetworkFaultName, startKafkaProxy } from '@auditorium/testing';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consumeTopic, createProducer, readPartition, silentLog, type FetchedBatch } from '../src/index.ts';
import { text, until } from './kafka-topic.ts';

/** A broker of its own that sends its clients through a proxy. */
let cluster: KafkaCluster;
let proxy: KafkaProxy;
const dataDir = mkdtempSync(join(tmpdir(), 'auditorium-kafka-'));
const PARTITIONS = 3;
/** Longer than a request of the producer or the consumer waits for its answer, so that both have given it up. */
const OUT_MS = 24_000;

beforeAll(async () => {
  const [port = 0, advertised = 0] = await freePorts(2);
  cluster = await startKafka({ dataDir, ports: [port], advertisedPorts: [advertised] });
  proxy = await startKafkaProxy(`127.0.0.1:${port}`, advertised);
});
afterAll(async () => {
  await proxy?.close();
  await cluster?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function createTopic(topic: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [proxy.address], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] });
  await admin.disconnect();
}

/** Everything in order, a message again where nobody heard that it had arrived, but none left out and none overtaken. */
function expectRow(found: readonly number[], acknowledged: number): void {
  let next = 0;
  for (const value of found) {
    expect(value).toBeLessThanOrEqual(next);
    if (value === next) next += 1;
  }
  expect(next).toBeGreaterThanOrEqual(acknowledged);
}

/** The two halves of a way; a whole silence is either of them. */
const faults = ['answers that are lost', 'questions that land late'] as const satisfies NetworkFaultName[];

describe.each(faults)('%s before Kafka, for longer than anybody waits for an answer', (name) => {
  it('costs producer and consumer time: nothing acknowledged is missing, nothing overtakes, nobody hammers', async () => {
    const topic = `cut-${faults.indexOf(name)}`;
    await createTopic(topic);
    const brokers = [proxy.address];
    const producer = createProducer({ brokers, clientId: 'producer' });
    const taken = Array.from({ length: PARTITIONS }, (): number[] => []);
    const positions = new Map<number, number>();
    const consumption = await consumeTopic({
      brokers,
      topic,
      clientId: 'consumer',
      groupId: topic,
      log: silentLog,
      onFatal: (error) => expect.unreachable(String(error)),
      source: {
        open: (partition) =>
          Promise.resolve({
            next: positions.get(partition) ?? 0,
            task: {
              take: (batch: FetchedBatch) => {
                taken[partition]?.push(...batch.messages.map((message) => Number(text(message))));
                positions.set(partition, batch.next);
                return Promise.resolve();
              },
              close: () => Promise.resolve(),
            },
          }),
      },
    });
    const acknowledged = Array.from({ length: PARTITIONS }, () => 0);
    let sending = true;
    const lanes = acknowledged.map(async (_none, partition) => {
      while (sending) {
        const from = acknowledged[partition] as number;
        const messages = Array.from({ length: 5 }, (_, n) => ({
          key: 'k',
          value: Buffer.from(`${from + n}`),
        }));
        await producer.send(topic, partition, messages).then(
          () => (acknowledged[partition] = from + messages.length),
          () => producer.reset(topic, partition),
        );
        await sleep(20);
      }
    });
    await until(() => taken.every(({ length }) => length > 20));
    const before = [...acknowledged];
    proxy.requests.clear();
    const end = NETWORK_FAULTS[name](proxy);
    await sleep(OUT_MS);
    const asked = proxy.requests.of();
    end();
    // Twelve requests are under way; beyond them a new connection's few, now and then.
    expect(asked).toBeLessThan(100);
    await until(() => acknowledged.every((count, partition) => count > (before[partition] as number) + 50));
    sending = false;
    await Promise.all(lanes);
    await until(() =>
      taken.every((found, partition) => new Set(found).size >= (acknowledged[partition] as number)),
    );
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const found: number[] = [];
      for await (const { messages } of readPartition({ brokers, topic, partition, from: 0 }))
        found.push(...messages.map((message) => Number(text(message))));
      expectRow(found, acknowledged[partition] as number);
      expect(taken[partition]).toEqual(found);
    }
    await consumption.close();
    await producer.close();
  }, 180_000);
});

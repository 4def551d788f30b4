import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAuditoriumError } from '@auditorium/events';
import { freePorts, startKafka, type KafkaCluster } from '@auditorium/local';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  consumeTopic,
  createProducer,
  followTopic,
  readPartition,
  silentLog,
  type FetchedBatch,
} from '../src/index.ts';
import { TopicReader } from '../src/topic-reader.ts';
import { say, text, until } from './kafka-topic.ts';

/** A cluster of its own, to be killed: three nodes, three replicas, two of which must have a message. */
let cluster: KafkaCluster;
const dataDir = mkdtempSync(join(tmpdir(), 'auditorium-kafka-'));
const topic = 'killed';
const PARTITIONS = 3;

beforeAll(async () => {
  cluster = await startKafka({ dataDir, ports: await freePorts(3) });
  const admin = new kafkajs.Kafka({ brokers: cluster.addresses, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [{ name: 'min.insync.replicas', value: '2' }];
  await admin.createTopics({
    topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 3, configEntries }],
  });
  await admin.disconnect();
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('keeps every acknowledged message once and in order while each broker is killed in turn, and reads on through it', async () => {
  const brokers = cluster.addresses;
  const producer = createProducer({ brokers, clientId: 'test' });
  const taken = new Map<number, string[]>();
  const checkpoints = new Map<number, number>();
  const consumption = await consumeTopic({
    brokers,
    topic,
    clientId: 'test',
    groupId: 'g',
    log: silentLog,
    onFatal: (error) => expect.unreachable(String(error)),
    source: {
      open: (partition) =>
        Promise.resolve({
          next: checkpoints.get(partition) ?? 0,
          task: {
            take: (batch: FetchedBatch) => {
              taken.set(partition, [...(taken.get(partition) ?? []), ...batch.messages.map(text)]);
              checkpoints.set(partition, batch.next);
              return Promise.resolve();
            },
            close: () => Promise.resolve(),
          },
        }),
    },
  });
  const followed: string[] = [];
  const following = await followTopic({
    brokers,
    topic,
    onMessage: (message) => void followed.push(text(message)),
  });

  let isKilling = true;
  const acknowledged = Array.from({ length: PARTITIONS }, () => [] as string[]);
  const produce = async (partition: number): Promise<void> => {
    for (let number = 0; isKilling; number += 1) {
      const value = `${partition}:${number}`;
      // A send that failed may be in the log or not: what a caller does is look, and here none is expected to fail.
      const { baseOffset } = await producer.send(topic, partition, [say(value), say(`${value}b`)]);
      expect(baseOffset).toBe(acknowledged[partition]!.length);
      acknowledged[partition]!.push(value, `${value}b`);
    }
  };
  const producing = Promise.all(acknowledged.map((_, partition) => produce(partition)));
  for (const node of cluster.nodes) {
    const before = acknowledged.map((values) => values.length);
    await node.kill();
    // Every partition goes on without it, and then with it again.
    await until(() => acknowledged.every((values, partition) => values.length > before[partition]! + 20));
    await node.restart();
    const restarted = acknowledged.map((values) => values.length);
    await until(() => acknowledged.every((values, partition) => values.length > restarted[partition]! + 20));
  }
  isKilling = false;
  await producing;

  for (const [partition, values] of acknowledged.entries()) {
    const read: string[] = [];
    for await (const batch of readPartition({ brokers, topic, partition, from: 0 }))
      read.push(...batch.messages.map(text));
    expect(read).toEqual(values);
    await until(() => taken.get(partition)?.length === values.length);
    expect(taken.get(partition)).toEqual(values);
  }
  await until(() => followed.length >= acknowledged.flat().length);
  expect(new Set(followed).size).toBe(followed.length);
  await Promise.all([following.close(), consumption.close(), producer.close()]);
}, 240_000);

it('says that Kafka is away, retryable, instead of waiting for ever', async () => {
  const [port = 0] = await freePorts(1);
  const reader = new TopicReader({
    brokers: [`127.0.0.1:${port}`],
    topic,
    clientId: 'test',
    patienceMs: 500,
  });
  const problem = await reader.offsets().catch((error: unknown) => error);
  expect(isAuditoriumError(problem, 'kafka-unavailable') && problem.retryable).toBe(true);
});

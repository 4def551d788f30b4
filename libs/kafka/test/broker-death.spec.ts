import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAuditoriumError } from '@auditorium/events';
import { freePorts, startKafka, type KafkaCluster } from '@auditorium/local';
import { createContractTopic, runKafkaContract } from '@auditorium/testing/kafka';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { followTopic } from '../src/index.ts';
import { TopicReader } from '../src/topic-reader.ts';
import { until } from './kafka-topic.ts';

/** A cluster of its own, to be killed: three nodes, three replicas, two of which must have a message. */
let cluster: KafkaCluster;
const dataDir = mkdtempSync(join(tmpdir(), 'auditorium-kafka-'));
const topic = 'killed';
const PARTITIONS = 3;

beforeAll(async () => {
  cluster = await startKafka({ dataDir, ports: await freePorts(3) });
  await createContractTopic(cluster, topic, PARTITIONS);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('keeps every acknowledged message once and in order while each leader is killed, and reads on through it', async () => {
  const brokers = cluster.addresses;
  const followed: string[] = [];
  const following = await followTopic({
    brokers,
    topic,
    onMessage: (message, partition) => void followed.push(`${partition}/${message.offset}`),
  });
  const result = await runKafkaContract({
    cluster,
    topic,
    partitions: PARTITIONS,
    events: 0,
    kills: PARTITIONS,
  });
  expect(result).toEqual({
    acknowledged: expect.any(Number) as number,
    kills: PARTITIONS,
    failedSends: 0,
    jumps: 0,
    breaches: {
      missing: 0,
      untrue: 0,
      disordered: 0,
      doubled: 0,
      phantoms: 0,
      repeats: 0,
      consumer: 0,
      reader: 0,
    },
  });
  expect(result.acknowledged).toBeGreaterThan(0);
  await until(() => followed.length >= result.acknowledged);
  expect(new Set(followed).size).toBe(followed.length);
  await following.close();
}, 400_000);

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

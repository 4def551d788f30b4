import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { expect } from 'vitest';
import type { Bench } from './harness.ts';

const admin = (bench: Bench) =>
  new kafkajs.Kafka({
    clientId: 'admin',
    brokers: bench.brokers,
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();

/** Deletes a topic and makes it again, empty. */
export async function madeAnew(bench: Bench, topic: string): Promise<void> {
  const client = admin(bench);
  await client.connect();
  await client.deleteTopics({ topics: [topic] });
  await expect.poll(async () => (await client.listTopics()).includes(topic), { timeout: 20_000 }).toBe(false);
  await client.disconnect();
  await sleep(500);
  await bench.createTopics();
}

/** Deletes what lies before an offset of partition 0, as retention does. */
export async function cutBefore(bench: Bench, topic: string, offset: number): Promise<void> {
  const client = admin(bench);
  await client.connect();
  // Loads the metadata that deleteTopicRecords takes for granted.
  await client.fetchTopicMetadata({ topics: [topic] });
  await client.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  await client.disconnect();
}

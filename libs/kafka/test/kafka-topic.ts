import { useServers, topicPrefix } from '@auditorium/testing';
import { Producer as OtherProducer } from '@platformatic/kafka';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import {
  createProducer,
  logOffsets,
  type FetchedBatch,
  type FetchedMessage,
  type Hole,
  type Producer,
} from '../src/index.ts';
import { TopicReader } from '../src/topic-reader.ts';

/** A fresh topic on the real broker, with a producer of ours and a transactional one of somebody else's. */
export interface TestTopic {
  readonly brokers: string[];
  readonly topic: string;
  readonly producer: Producer;
  readonly kafka: Kafka;
  readonly admin: Admin;
  transaction(values: string[], end: 'commit' | 'abort', partition?: number): Promise<void>;
  /** Deletes everything of partition 0 below an offset, as retention does. */
  cutBefore(offset: number): Promise<void>;
  close(): Promise<void>;
}

export async function createTopic(partitions = 1, config: Record<string, string> = {}): Promise<TestTopic> {
  const { kafkaBrokers: brokers } = await useServers();
  const kafka = new kafkajs.Kafka({ clientId: 'test', brokers, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topic = `${topicPrefix()}topic`;
  const configEntries = Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...config }).map(
    ([name, value]) => ({ name, value }),
  );
  await admin.createTopics({
    waitForLeaders: false,
    timeout: 30_000,
    topics: [{ topic, numPartitions: partitions, configEntries }],
  });
  await logOffsets(brokers, topic); // waits until it is known

  const producer = createProducer({ brokers, clientId: 'test' });
  return {
    brokers,
    topic,
    producer,
    kafka,
    admin,
    transaction: async (values, end, partition = 0) => {
      await runTransaction(kafka, topic, partition, values, end);
      await untilStable(brokers, topic, partition);
    },
    cutBefore: async (offset) => {
      // Loads the metadata that deleteTopicRecords takes for granted.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
    },
    close: async () => {
      await producer.close();
      await admin.disconnect();
    },
  };
}

async function runTransaction(
  kafka: Kafka,
  topic: string,
  partition: number,
  values: string[],
  end: 'commit' | 'abort',
): Promise<void> {
  const transactional = kafka.producer({
    transactionalId: `${topic}-${Math.random()}`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await transactional.connect();
  const transaction = await transactional.transaction();
  const compression = kafkajs.CompressionTypes.GZIP;
  await transaction.send({ topic, compression, messages: values.map((value) => ({ partition, value })) });
  await transaction[end]();
  await transactional.disconnect();
}

/** The answer to the end of a transaction comes before its marker is in the log. */
async function untilStable(brokers: string[], topic: string, partition: number): Promise<void> {
  const reader = new TopicReader({ brokers, topic, clientId: 'test' });
  const endOf = async (kind: 'stable' | 'high'): Promise<number> =>
    (await reader.offsets(kind)).get(partition)?.end ?? 0;
  await until(async () => (await endOf('stable')) === (await endOf('high')));
  await reader.close();
}

/** Sends one record batch as another producer might: packed by any codec, of as many records and as large as Kafka takes. */
export async function sendAs(
  t: TestTopic,
  compression: 'gzip' | 'snappy' | 'lz4' | 'zstd',
  values: readonly Buffer[],
  partition = 0,
): Promise<void> {
  const client = new OtherProducer({ clientId: 'test', bootstrapBrokers: t.brokers, compression });
  await client.send({ messages: values.map((value) => ({ topic: t.topic, partition, value })) });
  await client.close();
}

export const text = (message: FetchedMessage): string => String(message.value);
export const say = (value: string): { key: string; value: Buffer } => ({
  key: 'k',
  value: Buffer.from(value),
});

/** What a reader saw of one partition, joined. */
export class Seen {
  readonly messages: FetchedMessage[] = [];
  readonly holes: Hole[] = [];
  readonly batches: { from: number; next: number }[] = [];

  add(batch: FetchedBatch): void {
    for (const message of batch.messages) this.messages.push(message);
    this.holes.push(...batch.holes);
    this.batches.push({ from: batch.from, next: batch.next });
  }

  get texts(): string[] {
    return this.messages.map(text);
  }

  get holeOffsets(): number[] {
    return this.holes.flatMap(({ from, to }) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index),
    );
  }
}

/** Waits until something is so; a test that never sees it fails by its own time limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

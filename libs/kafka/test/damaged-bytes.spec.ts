import { afterEach, expect, it, vi } from 'vitest';
import type * as recordBatch from '../src/record-batch.ts';
import { consumeTopic, readPartition, silentLog, type FetchedBatch } from '../src/index.ts';
import { createTopic, say, text, until, type TestTopic } from './kafka-topic.ts';

/** How many more fetches bring the batch with `hurt` damaged; the network and the disk in one. */
const damage = vi.hoisted(() => ({ left: 0 }));

vi.mock('../src/record-batch.ts', async (importActual) => {
  const actual = await importActual<typeof recordBatch>();
  return {
    ...actual,
    splitRecordBatches: (bytes: Buffer) => {
      const at = bytes.indexOf('hurt');
      if (at < 0 || damage.left === 0) return actual.splitRecordBatches(bytes);
      damage.left -= 1;
      const hurt = Buffer.from(bytes);
      hurt[at] = 0x48;
      return actual.splitRecordBatches(hurt);
    },
  };
});

let test: TestTopic;
afterEach(() => test.close());

async function consume(): Promise<{ taken: string[]; fatal: unknown[]; close: () => Promise<void> }> {
  const taken: string[] = [];
  const fatal: unknown[] = [];
  const { brokers, topic } = test;
  const take = (batch: FetchedBatch): Promise<void> => {
    taken.push(...batch.messages.map(text));
    return Promise.resolve();
  };
  const task = { take, close: () => Promise.resolve() };
  const consumption = await consumeTopic({
    brokers,
    topic,
    clientId: 'test',
    groupId: topic,
    log: silentLog,
    source: { open: () => Promise.resolve({ next: 0, task }) },
    onFatal: (error) => fatal.push(error),
  });
  return { taken, fatal, close: () => consumption.close() };
}

it('fetches again what came damaged, and then takes it once and in order', async () => {
  test = await createTopic();
  damage.left = 3;
  for (const value of ['a', 'hurt', 'b']) await test.producer.send(test.topic, 0, [say(value)]);
  const { taken, fatal, close } = await consume();
  await until(() => taken.length === 3);
  expect(taken).toEqual(['a', 'hurt', 'b']);
  expect(fatal).toEqual([]);
  await close();
  damage.left = 3;
  const read: string[] = [];
  for await (const batch of readPartition({
    brokers: test.brokers,
    topic: test.topic,
    partition: 0,
    from: 0,
  }))
    read.push(...batch.messages.map(text));
  expect(read).toEqual(['a', 'hurt', 'b']);
});

it('stops one partition, and no other, at what stays damaged', async () => {
  test = await createTopic(2);
  damage.left = Number.MAX_SAFE_INTEGER;
  for (const value of ['a', 'hurt', 'b']) await test.producer.send(test.topic, 0, [say(value)]);
  const { taken, fatal, close } = await consume();
  await until(() => fatal.length > 0);
  await test.producer.send(test.topic, 1, [say('neighbour')]);
  await until(() => taken.includes('neighbour'));
  expect(taken).toEqual(['a', 'neighbour']);
  expect(fatal).toEqual([expect.objectContaining({ code: 'batch-corrupt' })]);
  await close();
});

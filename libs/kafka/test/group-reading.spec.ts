import { describe, expect, it } from 'vitest';
import type { FetchedBatch } from '../src/fetched-batch.ts';
import { GroupReading, type GroupConsumer } from '../src/group-reading.ts';
import { silentLog } from '../src/kafka-log.ts';
import type { PartitionSource } from '../src/partition-task.ts';
import { splitRecordBatches } from '../src/record-batch.ts';
import { recordBatch } from './record-batches.ts';

type Listener = (event: { payload: object }) => void;
type EachBatch = (payload: { batch: object }) => Promise<void>;

/** A consumer that does what the test says. */
function consumerOf(): { consumer: GroupConsumer; emit: Listener; eachBatch: EachBatch; sought: string[] } {
  const listeners: Listener[] = [];
  const sought: string[] = [];
  let eachBatch: EachBatch = () => Promise.resolve();
  const consumer = {
    events: { GROUP_JOIN: 'join', CRASH: 'crash' },
    on: (event: string, listener: Listener) => event === 'join' && listeners.push(listener),
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: (options: { eachBatch: EachBatch }) => Promise.resolve((eachBatch = options.eachBatch)),
    pause: () => undefined,
    resume: () => undefined,
    seek: ({ offset }: { offset: string }) => sought.push(offset),
    disconnect: () => Promise.resolve(),
  };
  return {
    consumer: consumer as unknown as GroupConsumer,
    emit: (event) => listeners.forEach((listener) => listener(event)),
    eachBatch: (payload) => eachBatch(payload),
    sought,
  };
}

const fetched = (from: number, to: number): { batch: object } => {
  const records = Array.from({ length: to - from }, () => ({}));
  const split = splitRecordBatches(recordBatch(records, { first: from }));
  return {
    batch: {
      topic: 't',
      partition: 0,
      highWatermark: '100',
      fetchedOffset: String(from),
      rawMessages: [{ offset: String(to - 1), fetched: { ...split, aborted: [] } }],
    },
  };
};

describe('a batch from another position than was asked for', () => {
  it('has the partition opened again: only its source can tell whether the log is still the one it knows', async () => {
    const taken: FetchedBatch[] = [];
    let opened = 0;
    const source: PartitionSource = {
      open: () => {
        opened += 1;
        const take = (batch: FetchedBatch) => Promise.resolve(void taken.push(batch));
        return Promise.resolve({ next: 40, task: { take, close: () => Promise.resolve() } });
      },
    };
    const { consumer, emit, eachBatch, sought } = consumerOf();
    const ranges = () => Promise.resolve(new Map([[0, { start: 0, end: 100 }]]));
    const reading = new GroupReading(
      { topic: 't', source, log: silentLog, onFatal: () => undefined },
      () => ({ consumer, ranges, reread: async function* () {}, close: () => Promise.resolve() }),
    );
    await reading.start();
    emit({ payload: { memberId: 'm', memberAssignment: { t: [0] } } });
    await expect.poll(() => sought).toEqual(['40']);
    // The log was shorter than 40 for a moment: kafkajs began again at its start, and by now it goes beyond 40.
    await eachBatch(fetched(0, 50));
    await expect.poll(() => opened).toBe(2);
    expect(taken).toEqual([]);
    await expect.poll(() => sought).toEqual(['40', '40']);
    await eachBatch(fetched(40, 50));
    await expect.poll(() => taken.length).toBe(1);
    await reading.close();
  });
});

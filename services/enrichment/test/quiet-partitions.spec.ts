import { notListening } from '@auditorium/telemetry';
import { topicsOf } from '@auditorium/events';
import { silentLog, type FetchedBatch, type FetchedMessage, type PartitionLogs } from '@auditorium/kafka';
import { describe, expect, it } from 'vitest';
import { Directory } from '../src/domain/directory.ts';
import { EnrichmentSource } from '../src/kafka/enrichment-source.ts';
import { EnrichmentWatch } from '../src/kafka/enrichment-watch.ts';
import { APPENDED, lineOf } from './raw-records.ts';

const topics = topicsOf();
type Log = Omit<FetchedMessage, 'offset'>[];

/** An enrichment of one partition over logs in memory, with a database that has nothing and takes nothing. */
function benchOf(): { source: EnrichmentSource; raw: Log; enriched: Log } {
  const raw: Log = [];
  const enriched: Log = [];
  const logOf = (topic: string): Log => (topic === topics.raw ? raw : enriched);
  const logs: PartitionLogs = {
    offsets: (topic) => Promise.resolve(new Map([[0, { start: 0, end: logOf(topic).length }]])),
    read: async function* ({ topic, partition, from, to = logOf(topic).length }) {
      await Promise.resolve();
      yield batchOf(topic, partition, logOf(topic), from, to);
    },
  };
  const log = { ...silentLog, trace: () => undefined, fatal: () => undefined } as never;
  const directory = new Directory();
  const source = new EnrichmentSource({
    pool: { query: () => Promise.resolve({ rows: [] }) } as never,
    producer: {
      send: (_topic, _partition, messages) => {
        const baseOffset = enriched.length;
        for (const { value, headers = {} } of messages)
          enriched.push({ timestamp: APPENDED, key: Buffer.from('org_a'), value, headers });
        return Promise.resolve({ baseOffset });
      },
      reset: () => undefined,
      close: () => Promise.resolve(),
    },
    logs,
    topics,
    enriched: topics.enriched,
    partitions: 1,
    directory,
    watch: new EnrichmentWatch(log, directory),
    log,
    now: () => APPENDED,
    reached: notListening,
  });
  return { source, raw, enriched };
}

function batchOf(topic: string, partition: number, log: Log, from: number, to: number): FetchedBatch {
  const messages = log.slice(from, to).map((message, index) => ({ ...message, offset: from + index }));
  return { topic, partition, from, next: to, logEnd: log.length, messages, holes: [] };
}

const recordOf = (id: string): Log[number] => ({
  timestamp: APPENDED,
  key: Buffer.from('org_a'),
  value: lineOf('org_a', id),
  headers: {},
});

describe('a partition to which nothing comes', () => {
  it('is opened anew when enriched ends elsewhere than it must, because no batch would tell', async () => {
    const { source, raw, enriched } = benchOf();
    raw.push(recordOf('e0'));
    const { task } = await source.open(0);
    await task.take(batchOf(topics.raw, 0, raw, 0, 1));
    await source.lookAfterQuiet();
    let failure: Error | undefined;
    void task.failed?.then((error) => (failure = error));
    await Promise.resolve();
    expect(failure).toBeUndefined();
    // Somebody who was asleep repeats the verdict behind ours.
    enriched.push(enriched[0] as Log[number]);
    await source.lookAfterQuiet();
    await expect(task.failed).resolves.toMatchObject({ code: 'fenced' });
    await task.close('revoked');
    expect(await source.open(0)).toMatchObject({ next: 1 });
  });
});

describe('a partition that comes back', () => {
  it('is not gone on with from memory when raw holds other records by now', async () => {
    const { source, raw } = benchOf();
    raw.push(recordOf('e0'));
    const { task } = await source.open(0);
    await task.take(batchOf(topics.raw, 0, raw, 0, 1));
    await task.close('revoked');
    raw.splice(0, 1, recordOf('of another log'), recordOf('and longer'));
    await expect(source.open(0)).rejects.toMatchObject({ code: 'resume-mismatch' });
  });
});

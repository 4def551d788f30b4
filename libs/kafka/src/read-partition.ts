import { AuditoriumError } from '@auditorium/events';
import type { FetchedBatch } from './fetched-batch.ts';
import { TopicReader, type OffsetRange } from './topic-reader.ts';
import { unpackStretch } from './unpack-stretch.ts';

const MAX_WAIT_MS = 500;

/** What to read of one partition. */
export interface ReadPartitionOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partition: number;
  /** First offset wanted; outside the log it is the error `position-out-of-range`. */
  readonly from: number;
  /** Where to stop, exclusive. Default: the last stable offset when called, so that it always ends. */
  readonly to?: number | undefined;
  /**
   * Hands a record batch that cannot be read within bounds on as one message (`isUnreadable`). Without it such a batch is
   * the error `batch-unreadable`.
   */
  readonly takeUnreadable?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clientId?: string | undefined;
}

/** First offset kept and log end (high watermark) of each partition. */
export async function logOffsets(
  brokers: readonly string[],
  topic: string,
): Promise<Map<number, OffsetRange>> {
  const reader = new TopicReader({ brokers, topic, clientId: 'auditorium-offsets' });
  try {
    return await reader.offsets();
  } finally {
    await reader.close();
  }
}

/** Reads a stretch of one partition without a group, holes shown exactly; with a `to` beyond the log's end it waits. */
export async function* readPartition(
  options: ReadPartitionOptions,
): AsyncGenerator<FetchedBatch, void, undefined> {
  const { brokers, topic, signal, clientId = 'auditorium-reader' } = options;
  const reader = new TopicReader({ brokers, topic, clientId, signal });
  try {
    yield* readStretch(reader, options);
  } finally {
    await reader.close();
  }
}

/** What is wanted of which partition, whoever reads it. */
export type Stretch = Pick<ReadPartitionOptions, 'topic' | 'partition' | 'from' | 'to' | 'takeUnreadable'>;

/** {@link readPartition} through a reader that is open. */
export async function* readStretch(
  reader: Pick<TopicReader, 'offsets' | 'fetch'>,
  stretch: Stretch,
): AsyncGenerator<FetchedBatch, void, undefined> {
  const { topic, partition, takeUnreadable = false } = stretch;
  const range = (await reader.offsets('stable')).get(partition);
  if (!range) throw new AuditoriumError('topic-settings', `The topic ${topic} has no partition ${partition}`);
  requireInside(range, stretch);
  const to = stretch.to ?? range.end;
  let position = stretch.from;
  while (position < to) {
    const [fetched] = await reader.fetch(new Map([[partition, position]]), MAX_WAIT_MS);
    if (!fetched) continue;
    for await (const batch of unpackStretch(fetched, takeUnreadable)) {
      if (position >= to) break;
      const wanted = cutAt(batch, to);
      position = wanted.next;
      yield wanted;
    }
  }
}

function requireInside(range: OffsetRange, { topic, partition, from, to }: Stretch): void {
  const end = Math.max(range.end, to ?? 0);
  if (from >= range.start && from <= end) return;
  throw new AuditoriumError(
    'position-out-of-range',
    `${topic}/${partition} is kept from ${range.start} to ${range.end}; position ${from} is outside`,
    { facts: { topic, partition, position: from, start: range.start, end: range.end } },
  );
}

function cutAt(batch: FetchedBatch, to: number): FetchedBatch {
  if (batch.next <= to) return batch;
  const messages = batch.messages.filter(({ offset }) => offset < to);
  const holes = batch.holes
    .filter(({ from }) => from < to)
    .map((hole) => ({ from: hole.from, to: Math.min(hole.to, to - 1) }));
  return { ...batch, next: to, messages, holes };
}

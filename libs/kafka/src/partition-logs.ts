import type { FetchedBatch } from './fetched-batch.ts';
import { logOffsets, readPartition, type ReadPartitionOptions } from './read-partition.ts';
import type { OffsetRange } from './topic-reader.ts';

/** Looks into logs outside any group: what they hold, and stretches of one partition with holes shown exactly. */
export interface PartitionLogs {
  /** First offset kept and log end (high watermark) of each partition. */
  offsets(topic: string): Promise<Map<number, OffsetRange>>;
  /** As {@link readPartition}: a `from` outside the log is the error `position-out-of-range`. */
  read(stretch: Omit<ReadPartitionOptions, 'brokers' | 'clientId'>): AsyncIterable<FetchedBatch>;
}

/** The logs of these brokers. */
export function partitionLogs(brokers: readonly string[]): PartitionLogs {
  return {
    offsets: (topic) => logOffsets(brokers, topic),
    read: (stretch) => readPartition({ ...stretch, brokers }),
  };
}

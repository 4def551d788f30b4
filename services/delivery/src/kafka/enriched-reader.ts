import type { FetchedBatch, PartitionLogs } from '@auditorium/kafka';

/** The enriched topic outside of the group: where its log begins, and what a stretch of it holds. */
export interface EnrichedReader {
  /** First offset that is kept of a partition. */
  start(partition: number): Promise<number>;
  /** What lies from `from` up to `to`, exclusive. @throws AuditoriumError `position-out-of-range` when it is not kept */
  read(partition: number, from: number, to: number): AsyncIterable<FetchedBatch>;
}

export function enrichedReader(logs: PartitionLogs, topic: string): EnrichedReader {
  return {
    start: async (partition) => (await logs.offsets(topic)).get(partition)?.start ?? 0,
    read: (partition, from, to) => logs.read({ topic, partition, from, to }),
  };
}

import { DEFAULT_PARTITIONS, decodeEnrichedHeaders, partitionOf, topicsOf } from '@auditorium/events';
import { logOffsets, readPartition } from '@auditorium/kafka';
import type { Running } from './start-system.ts';

/** An accepted event as it lies in the enriched topic. */
export interface EnrichedLine {
  readonly rawOffset: number;
  readonly line: string;
}

/** The accepted events of an org in enriched, each raw offset once (enrichment may repeat itself), in raw order. */
export async function enrichedOf(running: Running, org: string): Promise<EnrichedLine[]> {
  const brokers = running.local.kafkaBrokers;
  const topic = topicsOf().enriched;
  const partition = partitionOf(org, DEFAULT_PARTITIONS);
  const from = (await logOffsets(brokers, topic)).get(partition)?.start ?? 0;
  const lines = new Map<number, string>();
  for await (const batch of readPartition({ brokers, topic, partition, from })) {
    for (const { key, value, headers } of batch.messages) {
      const read = decodeEnrichedHeaders(headers);
      if (read?.verdict !== 'accepted' || key?.toString() !== org || lines.has(read.rawOffset)) continue;
      lines.set(read.rawOffset, value?.toString('utf8') ?? '');
    }
  }
  return [...lines]
    .map(([rawOffset, line]) => ({ rawOffset, line }))
    .toSorted((a, b) => a.rawOffset - b.rawOffset);
}

import { LIMITS } from '@auditorium/events';
import type { Codec, SentRecord } from './send-records.ts';

/** A record batch that nobody should unpack: its records have one verdict together. */
export interface PoisonBatch {
  readonly name: string;
  readonly codec: Codec;
  readonly records: readonly SentRecord[];
}

const nothing = { key: null, value: null };
const tiny = (count: number): SentRecord[] => Array.from({ length: count }, () => nothing);
/** Snappy and LZ4 of Kafka's limit of 1 MiB cannot blow up by bytes alone as far as the others. */
const bomb = (record: SentRecord): SentRecord[] => [
  record,
  { key: null, value: Buffer.alloc(LIMITS.batchBytes) },
];

/**
 * Batches that a broker takes and that are beyond the bounds of the format, of every codec that gets so far.
 *
 * @param honest goes along in some of them, and is lost with them
 */
export function poisonBatches(honest: SentRecord): PoisonBatch[] {
  const headers = Array.from({ length: LIMITS.recordHeaders + 1 }, (_, index) => [`h${index}`, 'x'] as const);
  return [
    { name: 'gzip that unpacks to too much', codec: 'gzip', records: bomb(honest) },
    { name: 'lz4 that unpacks to too much', codec: 'lz4', records: bomb(honest) },
    { name: 'zstd that unpacks to too much', codec: 'zstd', records: bomb(honest) },
    { name: 'snappy of one record too many', codec: 'snappy', records: tiny(LIMITS.batchRecords + 1) },
    { name: 'zstd of 300,000 records', codec: 'zstd', records: tiny(300_000) },
    { name: 'a record of one header too many', codec: 'none', records: [honest, { ...honest, headers }] },
  ];
}

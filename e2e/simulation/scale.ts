import type { Edit } from './kernel/edit-sources.ts';

/**
 * Sizes made small, so that a few dozen events reach the edges that take hundreds of thousands in production: several
 * sends for a batch, several pages of a backlog, the end of the memory for repeats. Nothing else is changed.
 */
export const SCALE: readonly Edit[] = [
  {
    file: 'services/enrichment/src/enrich-batch.ts',
    find: 'const SEND_BYTES = 262_144;',
    replace: 'const SEND_BYTES = 1_500;',
  },
  {
    file: 'services/enrichment/src/kafka/partition-enricher.ts',
    find: 'const SAVE_WHOLE_MS = 6 * 3_600_000;',
    replace: 'const SAVE_WHOLE_MS = 200_000;',
  },
  { file: 'libs/sdk/src/relay-lane.ts', find: 'const PAGE_ROWS = 500;', replace: 'const PAGE_ROWS = 3;' },
  { file: 'libs/sdk/src/relay-shard.ts', find: 'const TAKE_ROWS = 1000;', replace: 'const TAKE_ROWS = 4;' },
  {
    file: 'libs/sdk/src/batches-of.ts',
    find: 'const BATCH_BYTES = 524_288;',
    replace: 'const BATCH_BYTES = 900;',
  },
  {
    file: 'libs/ledger/src/segment-format.ts',
    find: 'export const FRAME_BYTES = 1_048_576;',
    replace: 'export const FRAME_BYTES = 1_200;',
  },
  {
    file: 'libs/ledger/src/chunk-pool.ts',
    find: 'export const CHUNK_BYTES = 1_048_576;',
    replace: 'export const CHUNK_BYTES = 4_096;',
  },
  {
    file: 'libs/ledger/src/body-writer.ts',
    find: '#part = Buffer.allocUnsafeSlow(65_536);',
    replace: '#part = Buffer.allocUnsafeSlow(4_096);',
  },
];

import type { PartitionSource } from '@auditorium/kafka';
import type { Logger } from '@auditorium/telemetry';
import { ChunkPool } from '@auditorium/ledger';
import { type AdoptSegmentsDependencies, adoptSegments } from './adopt-segments.ts';
import { ByteBudget } from './domain/byte-budget.ts';
import { PartitionSealer } from './kafka/partition-sealer.ts';
import type { SealerWatch } from './kafka/sealer-watch.ts';
import { Heads } from './postgres/heads.ts';
import { abandonOlder, type OpenedPartition, takePartition } from './postgres/partitions.ts';
import type { SealerDependencies } from './seal-segment.ts';

export interface OpenPartitionDependencies
  extends Omit<SealerDependencies, 'onRetry'>, Omit<AdoptSegmentsDependencies, 'reached'> {
  readonly log: Logger;
  readonly watch: SealerWatch;
  readonly intervalMs: number;
  readonly segmentBytes: number;
  /** Bytes that all partitions of the process may hold together. */
  readonly memoryBytes: number;
}

/**
 * At each assignment: raise the epoch, so that whoever had the partition can do no harm; take up what the ledger knows and a
 * restored database has forgotten; abandon the segments that were being written; go on where the checkpoint says. Where
 * enriched begins behind that, reading begins there: the consumer rule then finds what is missing, and says so.
 */
export function openPartitions(deps: OpenPartitionDependencies): PartitionSource {
  const { pool, watch, intervalMs, segmentBytes } = deps;
  const budget = new ByteBudget(deps.memoryBytes);
  const chunks = new ChunkPool();
  return {
    async open(partition) {
      const { epoch, gap, next, ...start } = await take(deps, partition).catch((error: unknown) => {
        watch.notOpened(partition, error);
        throw error;
      });
      const task = new PartitionSealer({
        start,
        gap,
        intervalMs,
        segmentBytes,
        budget,
        pool: chunks,
        deps: {
          ...deps,
          onRetry: (step, error, count) => watch.retrying(partition, step, error, count),
        },
        held: {
          partition,
          epoch,
          heads: new Heads(pool),
        },
        watch: watch.partition(partition, epoch, start.rawLast, gap),
      });
      return { next, task };
    },
  };
}

async function take(
  deps: OpenPartitionDependencies,
  partition: number,
): Promise<OpenedPartition & { next: number }> {
  const { pool, log, enriched, reached } = deps;
  const taken = await takePartition(pool, partition);
  await reached('sealer.after-epoch');
  const opened = await adoptSegments(deps, taken);
  const { epoch, rawLast } = opened;
  const abandoned = await abandonOlder(pool, partition, epoch);
  log.info({ partition, epoch, abandoned, rawLast }, 'partition opened');
  return { ...opened, next: Math.max(opened.enrichedNext, await enriched.start(partition)) };
}

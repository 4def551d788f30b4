import type { PartitionSource } from '@auditorium/kafka';
import type { Logger } from '@auditorium/telemetry';
import { ChunkPool } from '@auditorium/ledger';
import { ByteBudget } from './domain/byte-budget.ts';
import { PartitionSealer } from './kafka/partition-sealer.ts';
import type { SealerWatch } from './kafka/sealer-watch.ts';
import { Heads } from './postgres/heads.ts';
import { takePartition } from './postgres/partitions.ts';
import type { SealerDependencies } from './seal-segment.ts';

export interface OpenPartitionDependencies extends Omit<SealerDependencies, 'onRetry'> {
  readonly log: Logger;
  readonly watch: SealerWatch;
  readonly intervalMs: number;
  readonly segmentBytes: number;
  /** Bytes that all partitions of the process may hold together. */
  readonly memoryBytes: number;
}

/**
 * At each assignment: raise the epoch, so that whoever had the partition can do no harm; abandon the segments that were
 * being written; go on where the checkpoint says.
 */
export function openPartitions(deps: OpenPartitionDependencies): PartitionSource {
  const { pool, watch, log, intervalMs, segmentBytes } = deps;
  const budget = new ByteBudget(deps.memoryBytes);
  const chunks = new ChunkPool();
  return {
    async open(partition) {
      const opened = await takePartition(pool, partition);
      await deps.reached('sealer.after-epoch');
      const { epoch, gap, abandoned, ...start } = opened;
      log.info({ partition, epoch, abandoned, rawLast: start.rawLast }, 'partition opened');
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
      return { next: start.enrichedNext, task };
    },
  };
}

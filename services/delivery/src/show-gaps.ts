import { logOffsets } from '@auditorium/kafka';
import type pg from 'pg';
import { type LedgerPartition, ledgerPartitions } from './postgres/stopped-partitions.ts';

export interface ShowGapsDependencies {
  readonly pool: pg.Pool;
  readonly brokers: readonly string[];
  /** The raw topic. */
  readonly topic: string;
}

/** How far the ledger goes in each partition, what it lacks, and how many raw offsets wait behind. */
export async function showGaps({
  pool,
  brokers,
  topic,
}: ShowGapsDependencies): Promise<{ partitions: (LedgerPartition & { waiting: number })[] }> {
  const partitions = await ledgerPartitions(pool);
  const raw = await logOffsets(brokers, topic);
  const waitingBehind = ({ partition, last, gap }: LedgerPartition): number =>
    Math.max(0, (raw.get(partition)?.end ?? 0) - (gap?.to ?? last) - 1);
  return { partitions: partitions.map((each) => ({ ...each, waiting: waitingBehind(each) })) };
}

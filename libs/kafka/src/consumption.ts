import type { KafkaLog } from './kafka-log.ts';
import type { PartitionSource } from './partition-task.ts';

/** How a topic is consumed. */
export interface ConsumeTopicOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  readonly topic: string;
  readonly source: PartitionSource;
  readonly log: KafkaLog;
  /**
   * Told when a partition stops (it then waits for {@link Consumption.reopen}; the others go on), or without a partition
   * when the whole consumption has ended, and with it the process should.
   */
  readonly onFatal: (error: unknown, partition?: number) => void;
  /** Errors of `open` and `take` that do not heal by opening again; `position-out-of-range` and `batch-unreadable` always are. */
  readonly isFatal?: (error: unknown) => boolean;
  /** How long a silent member keeps its partitions. The broker's own limits are 6 s to 30 min. Default 6 s. */
  readonly sessionTimeoutMs?: number;
}

/** A partition that is ours and stands still, because opening it again would not help. */
export interface StoppedPartition {
  readonly partition: number;
  readonly error: unknown;
}

/** A running consumption. */
export interface Consumption {
  /** The partitions that have stopped and are still assigned to us. */
  stopped(): StoppedPartition[];
  /** Opens a stopped partition again, once somebody has mended what stopped it. */
  reopen(partition: number): void;
  /** Closes every task with `stopping`, then leaves the group: heartbeats go on until the tasks have closed. */
  close(): Promise<void>;
}

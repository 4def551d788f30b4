import type { GroupReadingOptions, StoppedPartition } from './group-reading.ts';

/** How a topic is consumed. */
export interface ConsumeTopicOptions extends GroupReadingOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  /** How long a silent member keeps its partitions. The broker's own limits are 6 s to 30 min. Default 6 s. */
  readonly sessionTimeoutMs?: number;
}

/** A running consumption. */
export interface Consumption {
  /** @throws AuditoriumError `kafka-unavailable` when Kafka has not been heard for so long that events must be waiting. */
  ready(): void;
  /** The partitions that have stopped and are still assigned to us. */
  stopped(): StoppedPartition[];
  /** Opens a stopped partition again, once somebody has mended what stopped it. */
  reopen(partition: number): void;
  /** Closes every task with `stopping`, then leaves the group: heartbeats go on until the tasks have closed. */
  close(): Promise<void>;
}

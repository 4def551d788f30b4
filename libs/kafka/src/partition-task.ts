import type { FetchedBatch } from './fetched-batch.ts';

/**
 * The work on one assigned partition.
 *
 * `take` gets batches one at a time, in order, each beginning where the one before ended. Not resolving is
 * back-pressure: the adapter pauses the partition and goes on with heartbeats. An error thrown by `take` ends this task
 * (`close('revoked')` is called) and the partition is opened anew after a pause that grows from 0.2 s to 10 s.
 *
 * `close` may be called while a `take` is pending. It MUST NOT assume that the partition is still ours: what protects
 * the results is the task's own epoch or compare-and-swap, never the timing of this call.
 */
export interface PartitionTask {
  take(batch: FetchedBatch): Promise<void>;
  close(reason: 'revoked' | 'stopping'): Promise<void>;
  /**
   * For work that goes on between two `take`s: resolves when it has failed. The adapter MUST treat it as an error thrown
   * by `take`, also when no batch ever arrives again; otherwise what was taken and then forgotten would stay unread.
   */
  readonly failed?: Promise<Error>;
}

/** Where a partition's reading starts and who does it. */
export interface PartitionSource {
  /**
   * Called when a partition is newly assigned (a rebalance that leaves it with us is not an assignment) and after its
   * task failed. Reads the checkpoint; `next` is the first offset to read, at the very beginning 0.
   */
  open(partition: number): Promise<{ readonly next: number; readonly task: PartitionTask }>;
}

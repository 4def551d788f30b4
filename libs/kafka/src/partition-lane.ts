import { jittered } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchedBatch } from './fetched-batch.ts';
import { joinWork, type FetchedWork } from './fetched-work.ts';
import type { KafkaLog } from './kafka-log.ts';
import type { PartitionSource, PartitionTask } from './partition-task.ts';
import { unpackStretch } from './unpack-stretch.ts';

/**
 * Waiting bytes above which the partition is paused: a whole fetch. With one such in work and one under way a partition
 * holds about 3 MiB, packed; a process has a dozen partitions.
 */
const PAUSE_ABOVE_BYTES = 1024 * 1024;
const FIRST_REOPEN_MS = 200;
const LONGEST_REOPEN_MS = 10_000;

/** What a lane asks of the consumer it belongs to. */
export interface LaneControl {
  readonly source: PartitionSource;
  readonly log: KafkaLog;
  /** Whether record batches that cannot be read are handed on, as one message each. */
  readonly takeUnreadable: boolean;
  pause(partition: number): void;
  resume(partition: number): void;
  seek(partition: number, offset: number): void;
  /** Reads a stretch again with holes shown. */
  reread(partition: number, from: number, next: number): AsyncIterable<FetchedBatch>;
  /** Throws `position-out-of-range` when the log does not hold this position. */
  requireInside(partition: number, position: number): Promise<void>;
  isFatal(error: unknown): boolean;
  fatal(error: unknown, partition: number): void;
}

/**
 * One assigned partition: opened from its checkpoint, fed by the shared fetch loop, worked off on its own so that a slow
 * partition delays neither its neighbours nor the heartbeats.
 */
export class PartitionLane {
  readonly partition: number;
  readonly #control: LaneControl;
  #state: 'opening' | 'running' | 'closed' = 'opening';
  #task: PartitionTask | undefined;
  #position = 0;
  #waiting: FetchedWork[] = [];
  #waitingBytes = 0;
  #isPaused = true;
  #isWorking = false;
  #failures = 0;
  #stoppedBy: unknown;
  #opening: Promise<void> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();
  readonly #ended = new AbortController();

  constructor(partition: number, control: LaneControl) {
    this.partition = partition;
    this.#control = control;
  }

  /** The next offset that may be fetched; undefined while the lane is not ready. */
  get position(): number | undefined {
    return this.#state === 'running' ? this.#position : undefined;
  }

  /** Nothing waits and nothing is in work: the next batch should come from the log. */
  get isIdle(): boolean {
    return this.#state === 'running' && !this.#isWorking && this.#waiting.length === 0;
  }

  /** What the partition stopped over, for good unless somebody opens it in a new lane; undefined while it goes on. */
  get stoppedBy(): unknown {
    return this.#stoppedBy;
  }

  /** Opens the partition; `after` is the end of an earlier lane of the same partition. */
  open(after: Promise<void>): void {
    this.#pause();
    this.#opening = after.then(() => this.#openUntilReady());
  }

  /** Takes what was fetched from this lane's position. */
  accept(work: FetchedWork): void {
    if (this.#state !== 'running') return;
    this.#waiting.push(work);
    this.#position = work.kind === 'stretch' ? work.stretch.next : work.next;
    this.#waitingBytes += work.kind === 'stretch' ? work.stretch.bytes : 0;
    if (this.#waitingBytes > PAUSE_ABOVE_BYTES) this.#pause();
    if (!this.#isWorking) void this.#workOff();
  }

  /** Points the shared fetch loop at this lane's position again. */
  refetch(): void {
    if (this.#state !== 'running') return;
    this.#control.seek(this.partition, this.#position);
    if (!this.#isPaused) this.#control.resume(this.partition);
  }

  /** Ends the lane because of an error that does not heal by itself. */
  async stop(error: unknown): Promise<void> {
    this.#stoppedBy = error;
    await this.close('revoked');
  }

  /** Ends the task and opens the partition again: what its position rests on may not be there any more. */
  reopen(why: Error): void {
    void this.#failedWorking(why);
  }

  /** Ends the lane; resolves when its task has closed. */
  close(reason: 'revoked' | 'stopping'): Promise<void> {
    if (this.#state === 'closed') return this.#closing;
    this.#state = 'closed';
    this.#ended.abort();
    this.#pause();
    this.#closing = Promise.all([this.#opening, this.#endTask(reason)]).then(() => undefined);
    return this.#closing;
  }

  async #openUntilReady(): Promise<void> {
    while (this.#state === 'opening') {
      try {
        await this.#waitAfterFailure();
        if (this.#state === 'opening') await this.#openOnce();
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  async #waitAfterFailure(): Promise<void> {
    if (this.#failures === 0) return;
    const pause = Math.min(FIRST_REOPEN_MS * 2 ** (this.#failures - 1), LONGEST_REOPEN_MS);
    await sleep(jittered(pause, Math.random()), undefined, { signal: this.#ended.signal }).catch(() => {});
  }

  async #openOnce(): Promise<void> {
    const { next, task } = await this.#control.source.open(this.partition);
    this.#task = task;
    if (this.#isClosed()) return this.#endTask('revoked');
    await this.#control.requireInside(this.partition, next);
    if (this.#isClosed()) return this.#endTask('revoked');
    this.#position = next;
    this.#state = 'running';
    void task.failed?.then((error) => (this.#task === task ? this.#failedWorking(error) : undefined));
    this.#control.seek(this.partition, next);
    this.#resume();
    this.#control.log.info({ partition: this.partition, next }, 'reading a partition');
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  async #workOff(): Promise<void> {
    this.#isWorking = true;
    while (this.#state === 'running' && this.#waiting.length > 0) {
      const task = this.#task;
      try {
        await this.#workOffWaiting(task);
      } catch (error) {
        if (this.#task === task) await this.#failedWorking(error);
      }
    }
    this.#isWorking = false;
  }

  async #workOffWaiting(task: PartitionTask | undefined): Promise<void> {
    const work = joinWork(this.#waiting);
    this.#forgetWaiting();
    this.#resume();
    for (const piece of work) {
      const batches =
        piece.kind === 'stretch'
          ? unpackStretch(piece.stretch, this.#control.takeUnreadable)
          : this.#control.reread(this.partition, piece.from, piece.next);
      for await (const batch of batches) {
        // The partition may have been closed, or opened anew from elsewhere, while this was read or worked on.
        if (this.#state !== 'running' || this.#task !== task) return;
        await task?.take(batch);
        this.#failures = 0;
      }
    }
  }

  async #failedWorking(error: unknown): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'opening';
    this.#pause();
    await this.#failed(error);
    if (this.#state === 'opening') this.open(Promise.resolve());
  }

  async #failed(error: unknown): Promise<void> {
    this.#forgetWaiting();
    this.#failures += 1;
    await this.#endTask('revoked');
    if (this.#isClosed()) return;
    const facts = { err: error, partition: this.partition, failures: this.#failures };
    if (this.#control.isFatal(error)) {
      this.#state = 'closed';
      this.#stoppedBy = error;
      this.#control.log.error(facts, 'a partition stops: this does not heal by itself');
      this.#control.fatal(error, this.partition);
    } else this.#control.log.warn(facts, 'a partition failed and is opened again');
  }

  async #endTask(reason: 'revoked' | 'stopping'): Promise<void> {
    const task = this.#task;
    this.#task = undefined;
    this.#forgetWaiting();
    await task?.close(reason).catch((error: unknown) => {
      this.#control.log.warn({ err: error, partition: this.partition }, 'a partition did not close well');
    });
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #pause(): void {
    this.#isPaused = true;
    this.#control.pause(this.partition);
  }

  #resume(): void {
    if (!this.#isPaused || this.#state !== 'running') return;
    this.#isPaused = false;
    this.#control.resume(this.partition);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError } from '@auditorium/events';
import type { FetchedBatch, PartitionTask } from '@auditorium/kafka';
import type { ChunkPool } from '@auditorium/ledger';
import type { ByteBudget } from '../domain/byte-budget.ts';
import { type Gap, type Position, SegmentGathering } from '../domain/segment-gathering.ts';
import { type HeldPartition, type SealerDependencies, sealSegment } from '../seal-segment.ts';
import type { PartitionWatch } from './sealer-watch.ts';

export interface PartitionSealerOptions {
  readonly deps: SealerDependencies;
  readonly held: Omit<HeldPartition, 'signal'>;
  readonly start: Position;
  readonly gap: Gap | null;
  /** Longest that something taken waits for its sealing to begin, ms. */
  readonly intervalMs: number;
  /** Unpacked bytes at which a segment is closed before that. */
  readonly segmentBytes: number;
  /** Both are shared by all partitions of the process. */
  readonly budget: ByteBudget;
  readonly pool: ChunkPool;
  readonly watch: PartitionWatch;
}

/** What a revoked partition waits for its work in flight; the new owner's epoch protects the ledger, not this. */
const REVOKED_MS = 3_000;
/** What a stopping process gives to a last sealing, out of its 25 s. */
const STOPPING_MS = 12_000;

/**
 * Gathers one partition and has it sealed. One sealing at a time, so commits are in order; meanwhile the next segment
 * gathers, and when that is full too, or the budget of the process is spent, `take` waits.
 *
 *     take ─▶ gathering ──interval or size──▶ sealing ──▶ sealed
 *                 ▲                              │ fenced, conflict
 *                 └── (opened anew) ◀── failed ◀─┘
 */
export class PartitionSealer implements PartitionTask {
  readonly failed: Promise<Error>;
  readonly #options: PartitionSealerOptions;
  readonly #held: HeldPartition;
  readonly #ending = new AbortController();
  #gathering: SegmentGathering;
  #sealing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = false;
  #closing = false;
  #failure: Error | undefined;
  #tellFailed!: (error: Error) => void;

  constructor(options: PartitionSealerOptions) {
    this.#options = options;
    this.#held = { ...options.held, signal: this.#ending.signal };
    this.#gathering = new SegmentGathering(options.start, options.gap, options.pool);
    this.failed = new Promise((resolve) => (this.#tellFailed = resolve));
  }

  async take(batch: FetchedBatch): Promise<void> {
    this.#throwIfEnded();
    for (const message of batch.messages) {
      if (this.#full()) await this.#room();
      const gathering = this.#gathering;
      const before = gathering.builder.allocated;
      this.#options.watch.took(gathering.take(message), gathering, message.offset);
      this.#options.budget.add(gathering.builder.allocated - before);
    }
    this.#gathering.moveTo(batch.next);
    this.#arm();
  }

  async close(reason: 'revoked' | 'stopping'): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing = true;
    if (reason === 'stopping') await within(STOPPING_MS, this.#sealRest());
    this.#end(new AuditoriumError('stopping', `partition ${this.#held.partition} is given up: ${reason}`));
    await within(REVOKED_MS, this.#sealing ?? Promise.resolve());
  }

  /** What was taken is sealed; a `take` that still waits takes no more. */
  async #sealRest(): Promise<void> {
    while (!this.#failure && (this.#sealing || this.#gathering.moved)) {
      if (!this.#sealing) this.#seal();
      await this.#sealing;
    }
  }

  #full(): boolean {
    const { segmentBytes, budget } = this.#options;
    return this.#gathering.builder.bytes >= segmentBytes || budget.full;
  }

  /** Seals what there is; where a sealing is under way already, or others hold the budget, waits for those. */
  async #room(): Promise<void> {
    while (this.#full()) {
      if (!this.#sealing && this.#gathering.moved) this.#seal();
      else await (this.#sealing ?? this.#options.budget.room());
      this.#throwIfEnded();
    }
  }

  #arm(): void {
    if (this.#timer || !this.#gathering.moved) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#sealing) this.#due = true;
      else if (this.#gathering.moved) this.#seal();
    }, this.#options.intervalMs);
  }

  #seal(): void {
    const gathered = this.#gathering;
    this.#gathering = new SegmentGathering(gathered.position, gathered.gap, this.#options.pool);
    this.#due = false;
    this.#options.watch.sealing();
    this.#sealing = sealSegment(this.#options.deps, this.#held, gathered)
      .then((segment) => this.#options.watch.sealed(gathered, segment))
      .catch((error: unknown) => this.#end(error as Error))
      .finally(() => this.#sealed(gathered));
  }

  #sealed(gathered: SegmentGathering): void {
    this.#sealing = undefined;
    gathered.builder.release();
    this.#options.budget.giveBack(gathered.builder.allocated);
    if (this.#due && !this.#failure) this.#seal();
  }

  /** Forgets everything that is not committed. Whoever opens the partition next reads it again. */
  #end(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    clearTimeout(this.#timer);
    this.#ending.abort(error);
    this.#options.watch.ended(error);
    this.#options.budget.giveBack(this.#gathering.builder.allocated);
    this.#gathering = new SegmentGathering(this.#gathering.position);
    this.#tellFailed(error);
  }

  #throwIfEnded(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closing) throw new AuditoriumError('stopping', 'the partition is being closed');
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const { signal } = timer;
  await Promise.race([work, sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)]);
  timer.abort();
}

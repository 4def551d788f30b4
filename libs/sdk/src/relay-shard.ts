import { partitionOf } from '@auditorium/events';
import type { RelayConnection } from './relay-connection.ts';
import type { NumberedRow } from './relay-lane.ts';
import { RelayLane } from './relay-lane.ts';
import { NUMBERED_PARTITIONS, NUMBER_ROWS } from './relay-statements.ts';
import type { RelayOptions } from './relay-options.ts';
import { rest } from './rest.ts';

/** Most rows numbered in one statement. */
const TAKE_ROWS = 1000;
/** After a full take, how long the next one waits for the sends of this one. */
const SETTLE_MS = 1000;

/** What a shard's work needs. */
interface ShardSurroundings {
  readonly options: RelayOptions;
  readonly connection: RelayConnection;
  readonly signal: AbortSignal;
  readonly outbox: string;
  readonly shard: number;
}

/** One shard of orgs, served while its lock is held: number and commit, send in order, delete. */
export class RelayShard {
  readonly #around: ShardSurroundings;
  readonly #lanes = new Map<number, RelayLane>();
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;

  constructor(around: ShardSurroundings) {
    this.#around = around;
    this.#signal = AbortSignal.any([around.signal, this.#broken.signal]);
  }

  /** Runs until the signal is aborted; rejects when the connection is lost or a lane breaks. */
  async run(): Promise<void> {
    const pollMs = this.#around.options.pollMs ?? 100;
    try {
      await this.#resume();
      while (!this.#signal.aborted) {
        const rows = await this.#take();
        this.#dispatch(rows);
        if (rows.length === TAKE_ROWS) await this.#settle();
        else await rest(pollMs, this.#signal);
      }
    } finally {
      await Promise.allSettled(this.#sending());
    }
    this.#broken.signal.throwIfAborted();
  }

  /** What an earlier relay numbered and did not delete goes first, under the same numbers. */
  async #resume(): Promise<void> {
    const { connection, shard, options } = this.#around;
    const waiting = await connection.rows<{ partition: number }>(NUMBERED_PARTITIONS, [
      shard,
      options.partitions,
    ]);
    for (const { partition } of waiting) this.#lane(partition).offer([]);
  }

  async #take(): Promise<NumberedRow[]> {
    const { connection, shard, options } = this.#around;
    const rows = await connection.rows<NumberedRow>(NUMBER_ROWS, [shard, TAKE_ROWS]);
    if (rows.length > 0) await options.reached?.('relay.after-number');
    return rows.toSorted((a, b) => Number(a.sequence) - Number(b.sequence));
  }

  #dispatch(rows: readonly NumberedRow[]): void {
    const byPartition = Map.groupBy(rows, ({ org }) => partitionOf(org, this.#around.options.partitions));
    for (const [partition, its] of byPartition) this.#lane(partition).offer(its);
  }

  async #settle(): Promise<void> {
    await Promise.race([Promise.allSettled(this.#sending()), rest(SETTLE_MS, this.#signal)]);
  }

  #sending(): Promise<void>[] {
    return [...this.#lanes.values()].map((lane) => lane.done);
  }

  #lane(partition: number): RelayLane {
    const existing = this.#lanes.get(partition);
    if (existing !== undefined) return existing;
    const { options, connection, outbox, shard } = this.#around;
    const lane = new RelayLane(partition, {
      connection,
      outbox,
      shard,
      signal: this.#signal,
      producer: options.producer,
      topic: options.topic,
      partitions: options.partitions,
      retryMs: options.retryMs ?? 1000,
      reached: options.reached ?? (() => undefined),
      onFailedSend: (failed, error) =>
        options.log.warn({ err: error, outbox, partition: failed }, 'a send failed; what follows it waits'),
      onBroken: (error) => this.#broken.abort(error),
    });
    this.#lanes.set(partition, lane);
    return lane;
  }
}

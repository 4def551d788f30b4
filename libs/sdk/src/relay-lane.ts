import { AuditoriumError, jittered, rawHeadersOf } from '@auditorium/events';
import type { OutMessage, Producer } from '@auditorium/kafka';
import { batchesOf } from './batches-of.ts';
import type { RelayConnection } from './relay-connection.ts';
import { DELETE_ROWS, NUMBERED_ROWS } from './relay-statements.ts';
import { rest } from './rest.ts';

/** A numbered row of the outbox. */
export interface NumberedRow {
  readonly id: string;
  readonly sequence: string | number;
  readonly org: string;
  readonly event: Buffer;
}

/** Where a relay can be killed, in the order in which it comes by. What each leaves behind is in the README. */
export const RELAY_CRASH_POINTS = ['relay.after-number', 'relay.after-send', 'relay.after-delete'] as const;

/** One of {@link RELAY_CRASH_POINTS}. */
export type RelayCrashPoint = (typeof RELAY_CRASH_POINTS)[number];

/** What the lanes of a shard share. */
export interface LaneSurroundings {
  readonly connection: RelayConnection;
  /** Aborted when the relay stops or has lost its lock. */
  readonly signal: AbortSignal;
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  readonly shard: number;
  /** `<uuid of the database>/<shard>`. */
  readonly outbox: string;
  /** The first pause after a failed send, in milliseconds. */
  readonly retryMs: number;
  readonly reached: (point: RelayCrashPoint) => void | Promise<void>;
  readonly onFailedSend: (partition: number, error: unknown) => void;
  /** The lane cannot go on. */
  readonly onBroken: (error: unknown) => void;
}

/** Rows read at once from a backlog. */
const PAGE_ROWS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Sends one shard's rows of one partition, one send at a time, in the order of their numbers. What arrives while a send is
 * under way, or after one has failed, stays in the table and is read from there: so nothing is ever sent past a failed
 * send, and a partition without a leader holds up neither the others nor the numbering.
 */
export class RelayLane {
  readonly #partition: number;
  readonly #around: LaneSurroundings;
  #busy = false;
  #backlog = false;
  #pauseMs: number;
  #done: Promise<void> = Promise.resolve();

  constructor(partition: number, around: LaneSurroundings) {
    this.#partition = partition;
    this.#around = around;
    this.#pauseMs = around.retryMs;
  }

  /** Resolves when nothing is under way; rejects when the connection was lost. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Hands over rows that were numbered just now; none at all means: look into the table. */
  offer(rows: readonly NumberedRow[]): void {
    if (rows.length === 0 || this.#busy) this.#backlog = true;
    if (this.#busy) return;
    this.#busy = true;
    this.#done = this.#run(rows);
    // A lane that ended in an error would take no more rows, silently: the whole shard starts again instead.
    this.#done.catch(this.#around.onBroken);
  }

  async #run(offered: readonly NumberedRow[]): Promise<void> {
    let rows = offered;
    while (!this.#around.signal.aborted) {
      if (!(await this.#send(rows))) {
        this.#backlog = true;
        await this.#pause();
      }
      // No `await` between this look and `busy = false`: an offer in between would wait for the next one.
      if (!this.#backlog) break;
      this.#backlog = false;
      rows = await this.#page();
      if (rows.length === PAGE_ROWS) this.#backlog = true;
    }
    this.#busy = false;
  }

  #page(): Promise<NumberedRow[]> {
    const { connection, shard, partitions } = this.#around;
    return connection.rows(NUMBERED_ROWS, [shard, partitions, this.#partition, PAGE_ROWS]);
  }

  /** False after a failed send: everything behind it waits. */
  async #send(rows: readonly NumberedRow[]): Promise<boolean> {
    const { connection, signal, reached, outbox } = this.#around;
    let sent = 0;
    for (const messages of batchesOf(rows.map((row) => messageOf(row, outbox)))) {
      if (signal.aborted) return true;
      if (!(await this.#sendOnce(messages))) return false;
      await reached('relay.after-send');
      const acknowledged = rows.slice(sent, sent + messages.length);
      await connection.rows(DELETE_ROWS, [acknowledged.map(({ id }) => id)]);
      await reached('relay.after-delete');
      sent += messages.length;
    }
    return true;
  }

  async #sendOnce(messages: readonly OutMessage[]): Promise<boolean> {
    const { producer, topic, onFailedSend } = this.#around;
    try {
      await producer.send(topic, this.#partition, messages);
      this.#pauseMs = this.#around.retryMs;
      return true;
    } catch (error) {
      onFailedSend(this.#partition, error);
      producer.reset(topic, this.#partition);
      return false;
    }
  }

  async #pause(): Promise<void> {
    const ms = this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, ms * 2);
    await rest(jittered(ms, Math.random()), this.#around.signal);
  }
}

function messageOf(row: NumberedRow, outbox: string): OutMessage {
  const sequence = Number(row.sequence);
  if (!Number.isSafeInteger(sequence))
    throw new AuditoriumError('internal', `number ${row.sequence} of ${outbox} is too large`);
  return { key: row.org, value: row.event, headers: rawHeadersOf({ outbox, sequence }) };
}

import { listOffsetsV7 } from '@platformatic/kafka';
import { AuditoriumError, isAuditoriumError, jittered } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerConnections } from './broker-connections.ts';
import { fetchRecords, type AnsweredPartition } from './fetch-records.ts';
import { packStretch, type PackedStretch } from './packed-stretch.ts';
import { splitRecordBatches } from './record-batch.ts';

const READ_COMMITTED = 1;
/** Kafka's special timestamps of ListOffsets. */
const LATEST = -1n;
const EARLIEST = -2n;
const OFFSET_OUT_OF_RANGE = 1;
/** Longer than a leader election after a broker died (session of 9 s by default). */
const DEFAULT_PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** First offset kept and the one after the last message of a partition. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** Reads a topic's partitions from given positions, outside any group, and shows holes exactly. */
export class TopicReader {
  readonly #topic: string;
  readonly #connections: BrokerConnections;
  readonly #signal: AbortSignal | undefined;
  readonly #patienceMs: number;

  constructor(options: {
    brokers: readonly string[];
    clientId: string;
    topic: string;
    signal?: AbortSignal | undefined;
    /** How long lost connections and moved leaders are waited for, ms. */
    patienceMs?: number;
  }) {
    this.#topic = options.topic;
    this.#connections = new BrokerConnections(options);
    this.#signal = options.signal;
    this.#patienceMs = options.patienceMs ?? DEFAULT_PATIENCE_MS;
  }

  /**
   * Start and end of every partition. The end is the high watermark, or with `stable` the last stable offset: the
   * first one of an open transaction, up to which a reader can get at once.
   */
  offsets(kind: 'high' | 'stable' = 'high'): Promise<Map<number, OffsetRange>> {
    return this.#patiently(async () => {
      const isolation = kind === 'stable' ? READ_COMMITTED : 0;
      const [starts, ends] = await Promise.all([
        this.#list(EARLIEST, isolation),
        this.#list(LATEST, isolation),
      ]);
      return new Map(
        [...starts].map(([partition, start]) => [partition, { start, end: ends.get(partition) ?? start }]),
      );
    });
  }

  /**
   * What lies at these positions now; waits up to `maxWaitMs` when there is nothing. A partition without anything new
   * is not in the answer. A position outside the log is the error `position-out-of-range` with `facts.partition`.
   */
  fetch(positions: ReadonlyMap<number, number>, maxWaitMs: number): Promise<PackedStretch[]> {
    return this.#patiently(async () => {
      const answers = await Promise.all(
        [...(await this.#byLeader(positions.keys()))].map(([leader, partitions]) =>
          this.#fetchFrom(leader, partitions, positions, maxWaitMs),
        ),
      );
      return answers.flat();
    });
  }

  async close(): Promise<void> {
    await this.#connections.forget();
  }

  async #list(timestamp: bigint, isolation: number): Promise<Map<number, number>> {
    const leaders = await this.#byLeader((await this.#connections.leaders()).keys());
    const found = new Map<number, number>();
    for (const [leader, indexes] of leaders) {
      const partitions = indexes.map((partitionIndex) => ({
        partitionIndex,
        currentLeaderEpoch: -1,
        timestamp,
      }));
      const connection = await this.#connections.to(leader);
      const { topics } = await listOffsetsV7.api.async(connection, -1, isolation, [
        { name: this.#topic, partitions },
      ]);
      for (const { partitionIndex, offset } of topics[0]?.partitions ?? [])
        found.set(partitionIndex, Number(offset));
    }
    return found;
  }

  async #fetchFrom(
    leader: string,
    partitions: readonly number[],
    positions: ReadonlyMap<number, number>,
    maxWaitMs: number,
  ): Promise<PackedStretch[]> {
    const wanted = partitions.map((partition) => [partition, positions.get(partition) ?? 0] as const);
    const connection = await this.#connections.to(leader);
    const answer = await fetchRecords(connection, this.#topic, wanted, maxWaitMs);
    return answer.flatMap((answered) => this.#toStretch(answered, positions.get(answered.partition) ?? 0));
  }

  #toStretch({ partition, errorCode, highWatermark, aborted, records }: AnsweredPartition, from: number) {
    const name = `${this.#topic}/${partition}`;
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      throw new AuditoriumError('position-out-of-range', `The position in ${name} is outside its log`, {
        facts: { topic: this.#topic, partition },
      });
    }
    if (errorCode !== 0) throw new Error(`The broker answers a fetch of ${name} with error ${errorCode}`);
    const split = splitRecordBatches(records);
    const stretch = packStretch(split, aborted, {
      topic: this.#topic,
      partition,
      from,
      logEnd: highWatermark,
    });
    if (stretch) return [stretch];
    if (split.isCorrupt) throw corrupt(this.#topic, partition, from);
    return [];
  }

  async #byLeader(partitions: Iterable<number>): Promise<Map<string, number[]>> {
    const leaders = await this.#connections.leaders();
    const grouped = new Map<string, number[]>();
    for (const partition of partitions) {
      const leader = leaders.get(partition);
      if (leader === undefined) {
        throw new AuditoriumError('topic-settings', `The topic ${this.#topic} has no partition ${partition}`);
      }
      grouped.set(leader, [...(grouped.get(leader) ?? []), partition]);
    }
    return grouped;
  }

  /** Repeats a call over lost connections and moved leaders, which heal; other errors and long outages are the caller's. */
  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.#patienceMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        this.#signal?.throwIfAborted();
        return await call();
      } catch (error) {
        const final = this.#finalError(error);
        if (final) throw final;
        await this.#connections.forget();
        if (Date.now() > deadline) throw this.#givenUp(error);
        await sleep(jittered(pause, Math.random()), undefined, this.#signal ? { signal: this.#signal } : {});
      }
    }
  }

  #givenUp(cause: unknown): AuditoriumError {
    if (isAuditoriumError(cause, 'batch-corrupt')) return cause;
    const message = `${this.#topic} could not be read for ${this.#patienceMs / 1000} s`;
    return new AuditoriumError('kafka-unavailable', message, { cause, retryable: true });
  }

  #finalError(error: unknown): Error | undefined {
    if (this.#signal?.aborted) return error as Error;
    return isAuditoriumError(error) && !error.retryable ? error : undefined;
  }
}

/** A record batch whose bytes are not those that the broker took; worth another fetch, perhaps of another replica. */
export function corrupt(topic: string, partition: number, position: number): AuditoriumError {
  return new AuditoriumError(
    'batch-corrupt',
    `The record batch at ${position} of ${topic}/${partition} does not fit its checksum`,
    { facts: { topic, partition, position }, retryable: true },
  );
}

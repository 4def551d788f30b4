import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import type { FetchedBatch } from './fetched-batch.ts';
import { takeOver, type KafkajsBatch } from './fetched-work.ts';
import type { KafkaLog } from './kafka-log.ts';
import { createKafkajs } from './kafkajs-client.ts';
import { LaneWatch } from './lane-watch.ts';
import { PartitionLane, type LaneControl } from './partition-lane.ts';
import type { PartitionSource } from './partition-task.ts';
import { readPartition } from './read-partition.ts';
import { PositionGuard } from './position-guard.ts';

/** How a topic is consumed. */
export interface ConsumeTopicOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  readonly topic: string;
  readonly source: PartitionSource;
  readonly log: KafkaLog;
  /** Told once for each partition that stops for good; the process should then end with an error. */
  readonly onFatal: (error: unknown) => void;
  /** Errors of `open` and `take` that do not heal by opening again; `position-out-of-range` and `batch-unreadable` always are. */
  readonly isFatal?: (error: unknown) => boolean;
  /** How long a silent member keeps its partitions. The broker's own limits are 6 s to 30 min. Default 6 s. */
  readonly sessionTimeoutMs?: number;
}

/** A running consumption. */
export interface Consumption {
  /** @throws AuditoriumError `kafka-unavailable` when Kafka has not been heard for so long that events must be waiting. */
  ready(): void;
  /** Closes every task with `stopping`, then leaves the group: heartbeats go on until the tasks have closed. */
  close(): Promise<void>;
}

const DEFAULT_SESSION_MS = 6000;
const HEARTBEATS_IN_A_SESSION = 4;
/** A longer one delays a partition that resumes while the others are quiet. */
const FETCH_WAIT_MS = 100;
const PARTITION_BYTES = 1_048_576;
const RESPONSE_BYTES = 10 * PARTITION_BYTES;
/** How often, and how long after each other, a topic that is not known yet is asked for. */
const ASKS_FOR_TOPIC = 15;
const ASK_PAUSE_MS = 1000;

/**
 * Consumes the partitions that the group gives us, each from its own checkpoint. Nothing is ever committed to Kafka.
 *
 * Batches from any position but the expected one are dropped and sought again; a position outside the log is fatal,
 * never a silent reset.
 */
export async function consumeTopic(options: ConsumeTopicOptions): Promise<Consumption> {
  const group = new GroupReading(options);
  await group.start();
  return { ready: () => group.ready(), close: () => group.close() };
}

class GroupReading {
  readonly #options: ConsumeTopicOptions;
  readonly #consumer: Consumer;
  readonly #guard: PositionGuard;
  readonly #lanes = new Map<number, PartitionLane>();
  readonly #endings = new Map<number, Promise<void>>();
  readonly #control: LaneControl;
  readonly #watch: LaneWatch;
  #memberId = '';
  #isClosing = false;

  constructor(options: ConsumeTopicOptions) {
    this.#options = options;
    const session = options.sessionTimeoutMs ?? DEFAULT_SESSION_MS;
    this.#consumer = createKafkajs(options).consumer({
      groupId: options.groupId,
      sessionTimeout: session,
      heartbeatInterval: session / HEARTBEATS_IN_A_SESSION,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: PARTITION_BYTES,
      maxBytes: RESPONSE_BYTES,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 3000,
        retries: 10,
        restartOnFailure: (error) => Promise.resolve(this.#mayRestart(error)),
      },
    });
    this.#guard = new PositionGuard(options);
    this.#watch = new LaneWatch({
      ...options,
      guard: this.#guard,
      lanes: this.#lanes,
      onOutside: (lane, error) => this.#stopIfFatal(lane, error),
    });
    this.#control = this.#laneControl();
  }

  async start(): Promise<void> {
    const { topic } = this.#options;
    const { GROUP_JOIN, START_BATCH_PROCESS, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#assigned(payload.memberId, payload.memberAssignment[topic] ?? []);
    });
    // A batch filtered whole never reaches eachBatch: this event is all that is seen of it.
    this.#consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0)
        this.#filteredWhole(payload.partition, payload.firstOffset, payload.lastOffset);
    });
    this.#consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.#crashed(payload.error);
    });
    await this.#consumer.connect();
    await this.#subscribe();
    const eachBatch = ({ batch }: { batch: object }): Promise<void> =>
      Promise.resolve(this.#fetched(batch as KafkajsBatch));
    await this.#consumer.run({ autoCommit: false, eachBatch });
    this.#watch.start();
  }

  ready(): void {
    this.#watch.ready();
  }

  /**
   * From the beginning: were kafkajs to reset a position, it must show by a batch from a wrong place. A topic that was
   * made a moment ago is not known by every broker yet.
   */
  async #subscribe(): Promise<void> {
    const { topic } = this.#options;
    for (let ask = 1; ; ask += 1) {
      try {
        return await this.#consumer.subscribe({ topic, fromBeginning: true });
      } catch (cause) {
        if (ask < ASKS_FOR_TOPIC) await sleep(ASK_PAUSE_MS);
        else
          throw new AuditoriumError('topic-missing', `${topic} cannot be subscribed to`, {
            cause,
            retryable: true,
          });
      }
    }
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#watch.stop();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close('stopping')));
    await Promise.all(this.#endings.values());
    await this.#consumer.disconnect();
    await this.#guard.close();
  }

  /** A member that keeps its id was never thrown out of the group, so partitions still assigned were ours all the time. */
  #assigned(memberId: string, partitions: readonly number[]): void {
    if (this.#isClosing) return;
    const isSameMember = memberId === this.#memberId;
    this.#memberId = memberId;
    for (const [partition, lane] of this.#lanes) {
      if (isSameMember && partitions.includes(partition)) lane.refetch();
      else this.#revoke(partition, lane);
    }
    for (const partition of partitions) if (!this.#lanes.has(partition)) this.#begin(partition);
  }

  #begin(partition: number): void {
    const lane = new PartitionLane(partition, this.#control);
    this.#lanes.set(partition, lane);
    lane.open(this.#endings.get(partition) ?? Promise.resolve());
  }

  #revoke(partition: number, lane: PartitionLane): void {
    this.#lanes.delete(partition);
    this.#options.log.info({ partition }, 'a partition was given to another member');
    const before = this.#endings.get(partition) ?? Promise.resolve();
    const ending = Promise.all([before, lane.close('revoked')]).then(() => {
      if (this.#endings.get(partition) === ending) this.#endings.delete(partition);
    });
    this.#endings.set(partition, ending);
  }

  #fetched(batch: KafkajsBatch): void {
    const lane = this.#lanes.get(batch.partition);
    const position = lane?.position;
    if (!lane || position === undefined) return;
    if (Number(batch.fetchedOffset) !== position)
      return this.#wrongPosition(lane, Number(batch.fetchedOffset));
    const work = takeOver(batch, position);
    if (work) lane.accept(work);
  }

  #filteredWhole(partition: number, firstOffset: string | null, lastOffset: string): void {
    const lane = this.#lanes.get(partition);
    const position = lane?.position;
    if (!lane || position === undefined) return;
    const first = firstOffset === null ? position : Number(firstOffset);
    if (first !== position) return this.#wrongPosition(lane, first);
    lane.accept({ kind: 'reread', from: position, next: Number(lastOffset) + 1 });
  }

  #wrongPosition(lane: PartitionLane, fetchedFrom: number): void {
    const { partition, position = 0 } = lane;
    this.#options.log.debug({ partition, fetchedFrom, position }, 'dropped a batch from another position');
    lane.refetch();
    void this.#guard
      .requireInside(partition, position)
      .catch((error: unknown) => this.#stopIfFatal(lane, error));
  }

  #stopIfFatal(lane: PartitionLane, error: unknown): void {
    if (this.#isClosing || !this.#isFatal(error) || this.#lanes.get(lane.partition) !== lane) return;
    this.#options.log.error(
      { err: error, partition: lane.partition },
      'a partition stops: its position is not in the log',
    );
    void lane.close('revoked');
    this.#options.onFatal(error);
  }

  #laneControl(): LaneControl {
    const { topic, brokers, clientId, source, log, onFatal } = this.#options;
    const of = (partition: number): { topic: string; partitions: number[] }[] => [
      { topic, partitions: [partition] },
    ];
    return {
      source,
      log,
      pause: (partition) => this.#whileRunning(() => this.#consumer.pause(of(partition))),
      resume: (partition) => this.#whileRunning(() => this.#consumer.resume(of(partition))),
      seek: (partition, offset) =>
        this.#whileRunning(() => this.#consumer.seek({ topic, partition, offset: String(offset) })),
      reread: (partition, from, next): AsyncIterable<FetchedBatch> =>
        readPartition({ brokers, clientId, topic, partition, from, to: next }),
      requireInside: (partition, position) => this.#guard.requireInside(partition, position),
      isFatal: (error) => this.#isFatal(error),
      fatal: onFatal,
    };
  }

  /** Between a crash of kafkajs and its restart there is no group to talk to; the join after it assigns anew. */
  #whileRunning(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the consumer is between two groups');
    }
  }

  #isFatal(error: unknown): boolean {
    const always =
      isAuditoriumError(error, 'position-out-of-range') || isAuditoriumError(error, 'batch-unreadable');
    return always || (this.#options.isFatal?.(error) ?? false);
  }

  /** Kafka away for long is tried again for ever; what cannot be unpacked would only crash it again. */
  #mayRestart(error: unknown): boolean {
    return !this.#isClosing && unreadableIn(error) === undefined;
  }

  /** Kafkajs has given up and says so nowhere else: without this the service would stand still and look alive. */
  #crashed(error: Error): void {
    if (this.#isClosing) return;
    const { topic, log, onFatal } = this.#options;
    const message = `The consumer of ${topic} has stopped for good: ${error.message}`;
    log.error({ err: error }, message);
    onFatal(unreadableIn(error) ?? new AuditoriumError('kafka-unavailable', message, { cause: error }));
  }
}

function unreadableIn(error: unknown): AuditoriumError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isAuditoriumError(cause, 'batch-unreadable')) return cause;
  }
  return undefined;
}

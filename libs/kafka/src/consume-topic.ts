import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import type { ConsumeTopicOptions, Consumption, StoppedPartition } from './consumption.ts';
import type { FetchedBatch } from './fetched-batch.ts';
import { takeOver, type KafkajsBatch } from './fetched-work.ts';
import { createKafkajs } from './kafkajs-client.ts';
import { PartitionLane, type LaneControl } from './partition-lane.ts';
import { readPartition } from './read-partition.ts';
import { PositionGuard } from './position-guard.ts';

const DEFAULT_SESSION_MS = 6000;
const HEARTBEATS_IN_A_SESSION = 4;
/** A longer one delays a partition that resumes while the others are quiet. */
const FETCH_WAIT_MS = 100;
const PARTITION_BYTES = 1_048_576;
const RESPONSE_BYTES = 10 * PARTITION_BYTES;
/** Kafkajs resets an out-of-range position silently, and reads nothing at all if the log is empty: so we look. */
const WATCH_MS = 5000;
/** How many looks find a partition standing still before the log is told, and how many lie between two such lines. */
const LOOKS_BEFORE_WARNING = 3;
const LOOKS_BETWEEN_WARNINGS = 60;
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
  return {
    stopped: () => group.stopped(),
    reopen: (partition) => group.reopen(partition),
    close: () => group.close(),
  };
}

class GroupReading {
  readonly #options: ConsumeTopicOptions;
  readonly #consumer: Consumer;
  readonly #guard: PositionGuard;
  readonly #lanes = new Map<number, PartitionLane>();
  readonly #endings = new Map<number, Promise<void>>();
  readonly #control: LaneControl;
  readonly #seenIdle = new Map<number, { position: number; looks: number }>();
  #memberId = '';
  #isClosing = false;
  #watch: NodeJS.Timeout | undefined;

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
    this.#watch = setInterval(() => void this.#lookAtIdleLanes().catch(() => {}), WATCH_MS).unref();
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
    clearInterval(this.#watch);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close('stopping')));
    await Promise.all(this.#endings.values());
    await this.#consumer.disconnect();
    await this.#guard.close();
  }

  stopped(): StoppedPartition[] {
    return [...this.#lanes.values()].flatMap(({ partition, stoppedBy: error }) =>
      error === undefined ? [] : [{ partition, error }],
    );
  }

  reopen(partition: number): void {
    const lane = this.#lanes.get(partition);
    if (!this.#isClosing && lane?.stoppedBy !== undefined) this.#begin(partition, lane.close('revoked'));
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

  #begin(partition: number, after = this.#endings.get(partition) ?? Promise.resolve()): void {
    const lane = new PartitionLane(partition, this.#control);
    this.#lanes.set(partition, lane);
    lane.open(after);
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

  async #lookAtIdleLanes(): Promise<void> {
    const ranges = await this.#guard.ranges();
    for (const lane of this.#lanes.values()) {
      const { partition, position } = lane;
      const range = ranges.get(partition);
      if (!lane.isIdle || position === undefined || !range) continue;
      if (position < range.start || position > range.end) {
        await this.#guard
          .requireInside(partition, position)
          .catch((error: unknown) => this.#stopIfFatal(lane, error));
      } else if (position < range.end) this.#standsStill(lane, position, range.end);
    }
  }

  /** The log goes on and nothing comes: an open transaction, which readers wait for, or a fetch loop that lost its place. */
  #standsStill(lane: PartitionLane, position: number, logEnd: number): void {
    const { partition } = lane;
    const seen = this.#seenIdle.get(partition);
    const looks = seen?.position === position ? seen.looks + 1 : 0;
    this.#seenIdle.set(partition, { position, looks });
    if (looks > 0) lane.refetch();
    if (looks % LOOKS_BETWEEN_WARNINGS === LOOKS_BEFORE_WARNING)
      this.#options.log.warn(
        { partition, position, logEnd },
        'a partition stands still although its log goes on: is a transaction open?',
      );
  }

  #stopIfFatal(lane: PartitionLane, error: unknown): void {
    if (this.#isClosing || !this.#isFatal(error) || this.#lanes.get(lane.partition) !== lane) return;
    this.#options.log.error(
      { err: error, partition: lane.partition },
      'a partition stops: its position is not in the log',
    );
    void lane.stop(error);
    this.#options.onFatal(error, lane.partition);
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

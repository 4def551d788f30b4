import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import type { FetchedBatch } from './fetched-batch.ts';
import { takeOver, type KafkajsBatch } from './fetched-work.ts';
import type { KafkaLog } from './kafka-log.ts';
import { PartitionLane, type LaneControl } from './partition-lane.ts';
import type { PartitionSource } from './partition-task.ts';
import { PositionGuard } from './position-guard.ts';
import type { OffsetRange } from './topic-reader.ts';

/** What kafkajs gives a member of a group, as far as it is used. */
export type GroupConsumer = Pick<
  Consumer,
  'events' | 'on' | 'connect' | 'subscribe' | 'run' | 'pause' | 'resume' | 'seek' | 'disconnect'
>;

/** What the reading of a group talks to. */
export interface GroupClients {
  readonly consumer: GroupConsumer;
  /** What each partition of the topic holds now. */
  ranges(): Promise<Map<number, OffsetRange>>;
  /** Reads a stretch again with holes shown, outside the group. */
  reread(partition: number, from: number, next: number): AsyncIterable<FetchedBatch>;
  /** Closes what `ranges` uses. */
  close(): Promise<void>;
}

/** What is consumed, and for whom. */
export interface GroupReadingOptions {
  readonly topic: string;
  readonly source: PartitionSource;
  readonly log: KafkaLog;
  /** Told once for each partition that stops for good; the process should then end with an error. */
  readonly onFatal: (error: unknown) => void;
  /** Errors of `open` and `take` that do not heal by opening again; `position-out-of-range` and `batch-unreadable` always are. */
  readonly isFatal?: (error: unknown) => boolean;
}

/** Kafkajs resets an out-of-range position silently, and reads nothing at all if the log is empty: so we look. */
const WATCH_MS = 5000;
/** How many looks find a partition standing still before the log is told, and how many lie between two such lines. */
const LOOKS_BEFORE_WARNING = 3;
const LOOKS_BETWEEN_WARNINGS = 60;
/** How often, and how long after each other, a topic that is not known yet is asked for. */
const ASKS_FOR_TOPIC = 15;
const ASK_PAUSE_MS = 1000;

/** One member of a group: lanes for the partitions that it is given, fed by one fetch loop. */
export class GroupReading {
  readonly #options: GroupReadingOptions;
  readonly #clients: GroupClients;
  readonly #consumer: GroupConsumer;
  readonly #guard: PositionGuard;
  readonly #lanes = new Map<number, PartitionLane>();
  readonly #endings = new Map<number, Promise<void>>();
  readonly #control: LaneControl;
  readonly #seenIdle = new Map<number, { position: number; looks: number }>();
  #memberId = '';
  #isClosing = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(
    options: GroupReadingOptions,
    connect: (mayRestart: (error: unknown) => boolean) => GroupClients,
  ) {
    this.#options = options;
    this.#clients = connect((error) => this.#mayRestart(error));
    this.#consumer = this.#clients.consumer;
    this.#guard = new PositionGuard(options.topic, this.#clients);
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

  /**
   * Kafkajs was told another position. It may be a batch that was under way when we sought; but it may also have found
   * our position outside the log and begun again elsewhere, without a word. By now the log may have grown beyond it again,
   * with other records: only whoever knows what lies before the position can tell, so the partition is opened again.
   */
  #wrongPosition(lane: PartitionLane, fetchedFrom: number): void {
    const { partition, position = 0 } = lane;
    const facts = { partition, fetchedFrom, position };
    lane.reopen(new AuditoriumError('fenced', 'fetched from another position', { facts, retryable: true }));
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
    void lane.close('revoked');
    this.#options.onFatal(error);
  }

  #laneControl(): LaneControl {
    const { topic, source, log, onFatal } = this.#options;
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
      reread: (partition, from, next) => this.#clients.reread(partition, from, next),
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

import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import type { FetchedBatch } from './fetched-batch.ts';
import { takeOver, type KafkajsBatch } from './fetched-work.ts';
import type { KafkaLog } from './kafka-log.ts';
import { LaneWatch } from './lane-watch.ts';
import { PartitionLane, type LaneControl } from './partition-lane.ts';
import type { PartitionSource } from './partition-task.ts';
import { PositionGuard } from './position-guard.ts';
import { corrupt, type OffsetRange } from './topic-reader.ts';

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
  /**
   * Told when a partition stops (it then waits for `reopen`; the others go on), or without a partition when the whole
   * consumption has ended, and with it the process should.
   */
  readonly onFatal: (error: unknown, partition?: number) => void;
  /**
   * Errors of `open` and `take` that do not heal by opening again; `position-out-of-range`, `batch-unreadable` and
   * `batch-corrupt` always are.
   */
  readonly isFatal?: (error: unknown) => boolean;
  /**
   * Hands a record batch that cannot be read within bounds on as one message (`isUnreadable`). Without it such a batch is
   * the error `batch-unreadable`, which stops its partition.
   */
  readonly takeUnreadable?: boolean | undefined;
}

/** A partition that is ours and stands still, because opening it again would not help. */
export interface StoppedPartition {
  readonly partition: number;
  readonly error: unknown;
}

const ALWAYS_FATAL = ['position-out-of-range', 'batch-unreadable', 'batch-corrupt'] as const;

/** How often a record batch that does not fit its checksum is fetched before its partition stops. */
const FETCHES_OF_DAMAGED = 5;
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
  readonly #watch: LaneWatch;
  readonly #seenCorrupt = new Map<number, { position: number; times: number }>();
  #memberId = '';
  #isClosing = false;

  /** @param connect is told whether kafkajs may start again by itself: Kafka away for long is tried again for ever */
  constructor(options: GroupReadingOptions, connect: (mayRestart: () => boolean) => GroupClients) {
    this.#options = options;
    this.#clients = connect(() => !this.#isClosing);
    this.#consumer = this.#clients.consumer;
    this.#guard = new PositionGuard(options.topic, this.#clients);
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
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#assigned(payload.memberId, payload.memberAssignment[topic] ?? []);
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
    if (work === 'corrupt') this.#corrupt(lane, position);
    else if (work) lane.accept(work);
  }

  /** Fetched again some times, because bytes are damaged on the way too; on a disk they stay so. */
  #corrupt(lane: PartitionLane, position: number): void {
    const { partition } = lane;
    const seen = this.#seenCorrupt.get(partition);
    const times = seen?.position === position ? seen.times + 1 : 1;
    this.#seenCorrupt.set(partition, { position, times });
    const error = corrupt(this.#options.topic, partition, position);
    this.#options.log.warn({ err: error, partition, times }, 'a record batch came damaged');
    if (times < FETCHES_OF_DAMAGED) lane.refetch();
    else this.#stopIfFatal(lane, error);
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

  #stopIfFatal(lane: PartitionLane, error: unknown): void {
    if (this.#isClosing || !this.#isFatal(error) || this.#lanes.get(lane.partition) !== lane) return;
    this.#options.log.error(
      { err: error, partition: lane.partition },
      'a partition stops: what it needs is not in the log',
    );
    void lane.stop(error);
    this.#options.onFatal(error, lane.partition);
  }

  #laneControl(): LaneControl {
    const { topic, source, log, onFatal, takeUnreadable = false } = this.#options;
    const of = (partition: number): { topic: string; partitions: number[] }[] => [
      { topic, partitions: [partition] },
    ];
    return {
      source,
      log,
      takeUnreadable,
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
    const isAlways = ALWAYS_FATAL.some((code) => isAuditoriumError(error, code));
    return isAlways || (this.#options.isFatal?.(error) ?? false);
  }

  /** Kafkajs has given up and says so nowhere else: without this the service would stand still and look alive. */
  #crashed(error: Error): void {
    if (this.#isClosing) return;
    const { topic, log, onFatal } = this.#options;
    const message = `The consumer of ${topic} has stopped for good: ${error.message}`;
    log.error({ err: error }, message);
    onFatal(new AuditoriumError('kafka-unavailable', message, { cause: error }));
  }
}

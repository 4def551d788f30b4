import type { GroupClients, GroupConsumer } from '../../../libs/kafka/src/group-reading.ts';
import { GroupReading, type GroupReadingOptions } from '../../../libs/kafka/src/group-reading.ts';
import type { KafkajsBatch } from '../../../libs/kafka/src/fetched-work.ts';
import { readStretch } from '../../../libs/kafka/src/read-partition.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimGroup } from './sim-group.ts';
import type { SimKafka } from './sim-kafka.ts';
import type { SimRecord } from './sim-log.ts';
import { SimReader } from './sim-reader.ts';
import { toFetched } from './sim-record-batch.ts';

const HEARTBEAT_MS = 1500;
/**
 * How long a fetch waits for something to come, or for the group to move. The real one waits less and asks again; it is
 * the same to whoever reads, and cheaper.
 */
const FETCH_WAIT_MS = 300_000;
/** How long after that, at most, the next fetch begins; and how long one rests that has nothing to ask for. */
const LOCAL_WAIT_MS = 100;
const RETRY_MS = 300;

type Listener = (event: { payload: never }) => void;
type EachBatch = (payload: { batch: object }) => Promise<void>;

/** What was fetched of one partition. */
interface Fetched {
  readonly partition: number;
  readonly from: number;
  readonly highWatermark: number;
  readonly records: readonly SimRecord[];
}

/**
 * Kafkajs' consumer as its sources have it: one fetch loop for all partitions, seeks that take effect at the next fetch,
 * batches that are handled after a pause or a seek that came too late for them, positions reset to the log's start without
 * a word when they are outside it or the group was joined again.
 */
class SimConsumer {
  readonly events = {
    GROUP_JOIN: 'consumer.group_join',
    CRASH: 'consumer.crash',
  };
  readonly #kafka: SimKafka;
  readonly #topic: string;
  readonly #group: SimGroup;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #positions = new Map<number, number>();
  readonly #seeks = new Map<number, number>();
  readonly #paused = new Set<number>();
  #memberId: string | undefined;
  #generation = 0;
  #assigned: readonly number[] = [];
  #isRunning = false;
  #beatAt = 0;
  #nudge: () => void = () => undefined;

  constructor(kafka: SimKafka, topic: string, group: SimGroup) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#group = group;
  }

  on(event: string, listener: Listener): () => void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return () => undefined;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  subscribe(): Promise<void> {
    return Promise.resolve();
  }

  async run({ eachBatch }: { eachBatch: EachBatch }): Promise<void> {
    this.#isRunning = true;
    await this.#join();
    void this.#loop(eachBatch);
  }

  pause([{ partitions }]: [{ partitions: number[] }]): void {
    for (const partition of partitions) this.#paused.add(partition);
  }

  resume([{ partitions }]: [{ partitions: number[] }]): void {
    for (const partition of partitions) this.#paused.delete(partition);
    this.#nudge();
  }

  seek({ partition, offset }: { partition: number; offset: string }): void {
    this.#seeks.set(partition, Number(offset));
    this.#nudge();
  }

  async disconnect(): Promise<void> {
    this.#isRunning = false;
    const memberId = this.#memberId;
    if (memberId === undefined) return;
    await this.#ask('leave', () => this.#group.leave(memberId)).catch(() => undefined);
  }

  async #loop(eachBatch: EachBatch): Promise<void> {
    while (this.#isRunning) {
      try {
        await this.#beat();
        for (const fetched of await this.#fetch()) {
          if (this.#isRunning) await this.#handle(fetched, eachBatch);
        }
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }

  /** Positions are unknown again after it: from the log's start, until somebody seeks. */
  async #join(): Promise<void> {
    for (;;) {
      const { world } = this.#kafka;
      const process = world.self;
      const join = () => this.#group.join(process, this.#memberId);
      const given = await world.io('kafka', `join ${this.#group.name}`, join, { fault: 'none' });
      if (given === 'unknown') {
        this.#memberId = undefined;
        continue;
      }
      this.#memberId = given.memberId;
      this.#generation = given.generation;
      this.#assigned = given.partitions;
      this.#positions.clear();
      this.#beatAt = this.#kafka.world.elapsed();
      const memberAssignment = { [this.#topic]: [...given.partitions] };
      this.#emit(this.events.GROUP_JOIN, { memberId: given.memberId, memberAssignment });
      return;
    }
  }

  async #beat(): Promise<void> {
    const { world } = this.#kafka;
    const memberId = this.#memberId;
    if (memberId === undefined || world.elapsed() - this.#beatAt < HEARTBEAT_MS) return;
    const answer = await this.#ask('heartbeat', () => this.#group.heartbeat(memberId, this.#generation));
    this.#beatAt = world.elapsed();
    if (answer === 'fine' || !this.#isRunning) return;
    if (answer === 'unknown') this.#memberId = undefined;
    await this.#join();
  }

  async #fetch(): Promise<Fetched[]> {
    for (const [partition, offset] of this.#seeks) this.#positions.set(partition, offset);
    this.#seeks.clear();
    const wanted = this.#assigned
      .filter((partition) => !this.#paused.has(partition))
      .map((partition) => ({ partition, from: this.#positions.get(partition) }));
    if (wanted.length === 0) {
      await sleep(LOCAL_WAIT_MS);
      return [];
    }
    const answers = await this.#ask('fetch', () => this.#serve(wanted));
    return answers.filter((answer) => {
      if (answer.records === undefined) this.#positions.delete(answer.partition);
      return (
        answer.records !== undefined &&
        !this.#seeks.has(answer.partition) &&
        !this.#paused.has(answer.partition)
      );
    }) as Fetched[];
  }

  /** The broker's side: at once if there is something, otherwise when something has come or the wait is over. */
  async #serve(
    wanted: readonly { partition: number; from: number | undefined }[],
  ): Promise<(Omit<Fetched, 'records'> & { records: readonly SimRecord[] | undefined })[]> {
    const { world } = this.#kafka;
    const look = () =>
      wanted.map(({ partition, from }) => {
        const log = this.#kafka.log(this.#topic, partition);
        const at = from ?? log.start;
        return {
          partition,
          from: at,
          highWatermark: log.end,
          records: log.fetch(at, 1 + world.random.int(20)),
        };
      });
    const first = look();
    if (first.some(({ records }) => records === undefined || records.length > 0)) return first;
    await this.#somethingNew(wanted.map(({ partition }) => partition));
    return look();
  }

  /** The end of a fetch's wait: something came, the group moves, or what is to be fetched is another thing now. */
  async #somethingNew(partitions: readonly number[]): Promise<void> {
    const { world } = this.#kafka;
    const isMember = this.#group.heartbeat(this.#memberId ?? '', this.#generation) === 'fine';
    const waitMs = isMember ? FETCH_WAIT_MS : world.random.float() * HEARTBEAT_MS;
    const late = new Promise<void>((resolve) => world.after(waitMs, resolve));
    const nudged = new Promise<void>((resolve) => (this.#nudge = resolve));
    const moved = partitions.map((partition) => this.#kafka.log(this.#topic, partition).moved());
    await Promise.race([late, nudged, this.#group.moved(), ...moved]);
    await new Promise<void>((resolve) => world.after(world.random.float() * LOCAL_WAIT_MS, resolve));
  }

  async #handle({ partition, from, highWatermark, records }: Fetched, eachBatch: EachBatch): Promise<void> {
    const last = records.at(-1);
    if (last === undefined) return;
    // The batches before it took their time: meanwhile this partition may have been paused, sought or given away.
    if (this.#kafka.world.random.chance(0.1)) await sleep(this.#kafka.world.random.float() * 500);
    const batch: KafkajsBatch = {
      topic: this.#topic,
      partition,
      highWatermark: String(highWatermark),
      fetchedOffset: String(from),
      rawMessages: [{ offset: String(last.offset), fetched: toFetched(records) }],
    };
    await eachBatch({ batch }).catch((error: unknown) => this.#kafka.world.fail(error));
    this.#positions.set(partition, last.offset + 1);
  }

  #emit(event: string, payload: object): void {
    for (const listener of this.#listeners.get(event) ?? []) listener({ payload } as { payload: never });
  }

  #ask<T>(name: string, act: () => T | Promise<T>): Promise<T> {
    return this.#kafka.world.io('kafka', `${name} ${this.#group.name}`, act, { timeoutMs: 3000 });
  }
}

/** A member of a group in the current process: the rules of groups and lanes are real code, the client is simulated. */
export async function consume(
  kafka: SimKafka,
  groupName: string,
  options: GroupReadingOptions,
): Promise<{ close(): Promise<void> }> {
  const { topic } = options;
  const reader = new SimReader(kafka, topic);
  const clients = (): GroupClients => ({
    consumer: new SimConsumer(kafka, topic, kafka.group(groupName, topic)) as unknown as GroupConsumer,
    ranges: () => reader.offsets(),
    reread: (partition, from, to) =>
      readStretch(reader, { topic, partition, from, to, takeUnreadable: options.takeUnreadable }),
    close: () => Promise.resolve(),
  });
  const reading = new GroupReading(options, clients);
  await reading.start();
  return { close: () => reading.close() };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError } from '@auditorium/events';
import {
  consumeTopic,
  createProducer,
  readPartition,
  silentLog,
  type Consumption,
  type FetchedBatch,
  type FetchedMessage,
  type Producer,
} from '@auditorium/kafka';
import type { KafkaCluster, KafkaServer } from '@auditorium/local';
import { Admin } from '@platformatic/kafka';
import { judge, PartitionHistory, type Breaches, type Seen } from './partition-history.ts';

/** What a run of the contract is to do. */
export interface ContractOptions {
  readonly cluster: KafkaCluster;
  /** Made with {@link createContractTopic}. */
  readonly topic: string;
  readonly partitions: number;
  /** How many messages must be acknowledged, at least. */
  readonly events: number;
  /** How often the leader of a partition is killed, each partition in turn. */
  readonly kills: number;
  readonly say?: (line: string) => void;
}

/** What came of it. */
export interface ContractResult {
  readonly acknowledged: number;
  readonly kills: number;
  /** Sends that failed and were repeated. */
  readonly failedSends: number;
  /** Batches that did not begin where the one before ended. */
  readonly jumps: number;
  readonly breaches: Breaches;
}

/** All partitions must go on by so many sends while a broker is away, and once it is back. */
const SENDS_BETWEEN = 20;
/** Elections take 10 s; after this nothing goes on any more. */
const PATIENCE_MS = 120_000;
const POLL_MS = 50;
/** Between two sends of a partition: some thousand messages a second, so that kills come amid them and not behind. */
const PAUSE_MS = 5;
const MOST_IN_A_SEND = 40;
const PADDING = 'x'.repeat(200);

/** A topic that keeps what it acknowledged when one of three brokers is lost. */
export async function createContractTopic(
  cluster: KafkaCluster,
  topic: string,
  partitions: number,
): Promise<void> {
  const admin = new Admin({ clientId: 'contract', bootstrapBrokers: cluster.addresses });
  const configs = [{ name: 'min.insync.replicas', value: '2' }];
  await admin.createTopics({ topics: [topic], partitions, replicas: 3, configs });
  await admin.close();
}

/**
 * The contract with Kafka: messages are sent, consumed and read while partition leaders are killed. Then the log is read
 * once more and compared with what was acknowledged and with what was seen.
 *
 * @throws AuditoriumError `timeout` when a partition no longer goes on; whatever the consumer calls fatal
 */
export async function runKafkaContract(options: ContractOptions): Promise<ContractResult> {
  const run = new ContractRun(options);
  return run.all();
}

class ContractRun {
  readonly #options: ContractOptions;
  readonly #histories: PartitionHistory[];
  readonly #checkpoints: number[];
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #say: (line: string) => void;
  #isSending = true;
  #failedSends = 0;
  #jumps = 0;
  #fatal: unknown;

  constructor(options: ContractOptions) {
    this.#options = options;
    this.#say = options.say ?? (() => {});
    this.#histories = Array.from({ length: options.partitions }, () => new PartitionHistory());
    this.#checkpoints = this.#histories.map(() => 0);
    const brokers = options.cluster.addresses;
    this.#admin = new Admin({ clientId: 'contract', bootstrapBrokers: brokers });
    this.#producer = createProducer({ brokers, clientId: 'contract' });
  }

  async all(): Promise<ContractResult> {
    const stop = new AbortController();
    const consumption = await this.#consume();
    const reading = this.#everywhere((history, partition) => this.#read(history, partition, stop.signal));
    const sending = this.#everywhere((history, partition) => this.#send(history, partition));
    // Whatever fails first ends the run; nobody waits for the others then.
    const failing = Promise.race([sending, reading]).then(() => new Promise<never>(() => {}));
    try {
      await Promise.race([failing, this.#kill()]);
      this.#isSending = false;
      await sending;
      return await this.#compare();
    } finally {
      this.#isSending = false;
      stop.abort();
      await Promise.allSettled([sending, reading]);
      await consumption.close();
      await Promise.all([this.#producer.close(), this.#admin.close()]);
    }
  }

  #everywhere(work: (history: PartitionHistory, partition: number) => Promise<void>): Promise<unknown> {
    const all = Promise.all(this.#histories.map(work));
    all.catch(() => {});
    return all;
  }

  #consume(): Promise<Consumption> {
    const { cluster, topic } = this.#options;
    const open = (partition: number) => {
      const take = (batch: FetchedBatch) => Promise.resolve(this.#take(partition, batch));
      const task = { take, close: () => Promise.resolve() };
      return Promise.resolve({ next: this.#checkpoints[partition] ?? 0, task });
    };
    return consumeTopic({
      brokers: cluster.addresses,
      topic,
      clientId: 'contract',
      groupId: `${topic}-contract`,
      log: silentLog,
      source: { open },
      onFatal: (error) => (this.#fatal ??= error),
    });
  }

  async #send(history: PartitionHistory, partition: number): Promise<void> {
    while (this.#isSending) {
      const number = history.next;
      const count = 1 + ((number * 7) % MOST_IN_A_SEND);
      history.next += count;
      const values = Array.from({ length: count }, (_, index) => Buffer.from(`${number + index} ${PADDING}`));
      await this.#sendUntilAcknowledged(history, partition, number, values);
      await sleep(PAUSE_MS);
    }
  }

  async #sendUntilAcknowledged(
    history: PartitionHistory,
    partition: number,
    number: number,
    values: Buffer[],
  ): Promise<void> {
    for (;;) {
      try {
        const { topic } = this.#options;
        const messages = values.map((value) => ({ key: null, value }));
        const { baseOffset } = await this.#producer.send(topic, partition, messages);
        history.acknowledged.push({ number, count: values.length, baseOffset });
        return;
      } catch (error) {
        this.#failedSends += 1;
        this.#say(`a send to partition ${partition} failed and is repeated: ${String(error)}`);
        for (let index = 0; index < values.length; index += 1) history.doubtful.add(number + index);
        this.#producer.reset(this.#options.topic, partition);
        if (!this.#isSending) return;
      }
    }
  }

  #place(partition: number) {
    const { cluster, topic } = this.#options;
    return { brokers: cluster.addresses, topic, partition, from: 0 };
  }

  #take(partition: number, batch: FetchedBatch): void {
    if (batch.from !== this.#checkpoints[partition]) this.#jumps += 1;
    this.#histories[partition]?.consumed.push(...batch.messages.map(seenOf));
    this.#checkpoints[partition] = batch.next;
  }

  async #read(history: PartitionHistory, partition: number, signal: AbortSignal): Promise<void> {
    let next = 0;
    try {
      for await (const batch of readPartition({
        ...this.#place(partition),
        to: Number.MAX_SAFE_INTEGER,
        signal,
      })) {
        if (batch.from !== next) this.#jumps += 1;
        history.read.push(...batch.messages.map(seenOf));
        ({ next } = batch);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Kills the leader of each partition in turn, and goes on until enough was acknowledged. */
  async #kill(): Promise<void> {
    const { kills, partitions, events } = this.#options;
    await this.#goOn('before the first kill');
    for (let kill = 0; kill < kills; kill += 1) {
      const partition = kill % partitions;
      await this.#untilInSync();
      const victim = await this.#leaderOf(partition);
      await victim.kill();
      await this.#goOn(`without ${victim.address}`);
      await victim.restart();
      await this.#goOn(`with ${victim.address} again`);
      this.#say(`kill ${kill + 1} of ${kills}: ${victim.address}, ${this.#acknowledged()} acknowledged`);
    }
    while (this.#acknowledged() < events) await sleep(POLL_MS);
  }

  #acknowledged(): number {
    return this.#histories.reduce((sum, { count }) => sum + count, 0);
  }

  async #goOn(when: string): Promise<void> {
    const before = this.#histories.map(({ acknowledged }) => acknowledged.length);
    await this.#until(`every partition goes on ${when}`, () =>
      this.#histories.every(
        ({ acknowledged }, index) => acknowledged.length >= (before[index] ?? 0) + SENDS_BETWEEN,
      ),
    );
  }

  async #untilInSync(): Promise<void> {
    await this.#until('all replicas are in sync', async () =>
      (await this.#partitions()).every(({ isr }) => isr.length === this.#options.cluster.nodes.length),
    );
  }

  async #leaderOf(partition: number): Promise<KafkaServer> {
    const leader = (await this.#partitions())[partition]?.leader ?? 1;
    return this.#options.cluster.nodes[leader - 1] as KafkaServer;
  }

  async #partitions(): Promise<{ leader: number; isr: number[] }[]> {
    const { topic } = this.#options;
    const metadata = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
    return metadata.topics.get(topic)?.partitions ?? [];
  }

  /** Waits until everything was seen that the log holds, then judges each partition. */
  async #compare(): Promise<ContractResult> {
    const all: Breaches[] = [];
    for (const [partition, history] of this.#histories.entries()) {
      const log: Seen[] = [];
      for await (const { messages } of readPartition(this.#place(partition)))
        log.push(...messages.map(seenOf));
      await this.#until(`partition ${partition} was consumed and read`, () =>
        [history.consumed, history.read].every(({ length }) => length >= log.length),
      );
      all.push(judge(history, log));
    }
    const { kills } = this.#options;
    return {
      acknowledged: this.#acknowledged(),
      kills,
      failedSends: this.#failedSends,
      jumps: this.#jumps,
      breaches: all.reduce(addBreaches),
    };
  }

  async #until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      if (this.#fatal !== undefined) throw this.#fatal as Error;
      if (await isSo()) return;
      if (Date.now() > deadline) throw new AuditoriumError('timeout', `Waited for in vain: ${what}`);
      await sleep(POLL_MS);
    }
  }
}

function seenOf({ offset, value }: FetchedMessage): Seen {
  return { offset, number: Number.parseInt(String(value), 10) };
}

function addBreaches(one: Breaches, other: Breaches): Breaches {
  const sum = (Object.keys(one) as (keyof Breaches)[]).map((name) => [name, one[name] + other[name]]);
  return Object.fromEntries(sum) as unknown as Breaches;
}

/** Whether nothing that a client promises was broken. */
export function isKept({ jumps, breaches }: ContractResult): boolean {
  const { repeats: _allowed, ...broken } = breaches;
  return jumps === 0 && Object.values(broken).every((count) => count === 0);
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  decideTake,
  decodeEnrichedHeaders,
  isAuditoriumError,
  partitionOf,
  topicRequirements,
  topicsOf,
  type EnrichedHeaders,
  type Topics,
} from '@auditorium/events';
import {
  createProducer,
  ensureTopics,
  logOffsets,
  readPartition,
  type OutMessage,
  type Producer,
} from '@auditorium/kafka';
import { loadSettings } from '@auditorium/settings';
import { createLogger, type Reached } from '@auditorium/telemetry';
import { createDatabase, topicPrefix, useServers } from '@auditorium/testing';
import { decideVerdict, type Decision } from '../src/domain/decide-verdict.ts';
import { PartitionState } from '../src/domain/partition-state.ts';
import { openEnrichment, type Enrichment, type EnrichmentPoint } from '../src/open-enrichment.ts';
import { enrichmentSettings } from '../src/settings.ts';

export const PARTITIONS = 3;
export const silent = createLogger({ service: 'test', level: 'silent' });

/** A verdict as it lies in enriched. */
export interface Found extends EnrichedHeaders {
  readonly offset: number;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Topics and a database of its own for one test, and the settings of an enrichment over them. */
export class Bench {
  readonly topics: Topics;
  readonly brokers: string[];
  readonly producer: Producer;
  readonly env: Record<string, string>;
  readonly #running: (() => Promise<void>)[] = [];

  private constructor(brokers: string[], databaseUrl: string, prefix: string) {
    this.brokers = brokers;
    this.topics = topicsOf(prefix);
    this.producer = createProducer({ brokers, clientId: 'test' });
    this.env = {
      AUDITORIUM_KAFKA_BROKERS: brokers.join(','),
      AUDITORIUM_TOPIC_PREFIX: prefix,
      AUDITORIUM_PARTITIONS: String(PARTITIONS),
      AUDITORIUM_REPLICATION: '1',
      AUDITORIUM_DATABASE_URL: databaseUrl,
      AUDITORIUM_PORT: '0',
      AUDITORIUM_OIDC_ISSUER: 'http://127.0.0.1:9',
    };
  }

  static async create(): Promise<Bench> {
    const { kafkaBrokers } = await useServers();
    const bench = new Bench(kafkaBrokers, await createDatabase(), topicPrefix());
    open.add(bench);
    await bench.createTopics();
    return bench;
  }

  async createTopics(): Promise<void> {
    const requirements = topicRequirements(this.topics, { replication: 1, partitions: PARTITIONS });
    // A broker that a whole test run keeps busy may need a second asking.
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ensureTopics({ brokers: this.brokers, requirements, create: true });
      } catch (error) {
        if (attempt === 5 || !isAuditoriumError(error, 'kafka-unavailable')) throw error;
      }
    }
  }

  get databaseUrl(): string {
    return this.env['AUDITORIUM_DATABASE_URL'] as string;
  }

  /** Sends to the partition of the key, or to the one given. */
  async send(
    message: OutMessage,
    partition = partitionOf((message.key ?? '') as Buffer, PARTITIONS),
  ): Promise<number> {
    const { baseOffset } = await this.producer.send(this.topics.raw, partition, [message]);
    return baseOffset;
  }

  /** An enrichment in this process, consuming. */
  async start(
    reached: Reached<EnrichmentPoint> = () => undefined,
    group = 'auditorium.enrichment',
  ): Promise<Enrichment> {
    const settings = loadSettings(enrichmentSettings, this.env);
    const enrichment = await openEnrichment(settings, silent, reached, group);
    await enrichment.caughtUp;
    await new Promise<void>((resolve, reject) =>
      enrichment.transport.listen((error) => (error === undefined ? resolve() : reject(error as Error))),
    );
    this.#running.push(() => stop(enrichment));
    return enrichment;
  }

  /** An enrichment in a process of its own, which kills itself the `count`th time that it passes `point`. */
  spawn(point = 'never', count = 1): ChildProcess {
    const child = spawn(
      process.execPath,
      ['--conditions=@auditorium/source', '--disable-warning=TimeoutNegativeWarning', processFile],
      {
        env: { ...process.env, ...this.env, KILL_AT: point, KILL_COUNT: String(count) },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    this.#running.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    });
    return child;
  }

  /** Everything in enriched, partition by partition. */
  async enriched(): Promise<Found[]> {
    const found: Found[] = [];
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const { brokers } = this;
      for await (const batch of readPartition({ brokers, topic: this.topics.enriched, partition, from: 0 })) {
        for (const { offset, key, value, headers } of batch.messages) {
          found.push({ ...decodeEnrichedHeaders(headers)!, partition, offset, key, value });
        }
      }
    }
    return found;
  }

  /** The verdicts of somebody who reads all of raw in one go. */
  async decided(): Promise<(Decision & { partition: number })[]> {
    const decided: (Decision & { partition: number })[] = [];
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const state = new PartitionState();
      for await (const batch of readPartition({
        brokers: this.brokers,
        topic: this.topics.raw,
        partition,
        from: 0,
        takeUnreadable: true,
      })) {
        for (const record of batch.messages) {
          const decision = decideVerdict(state, record, { partition, partitions: PARTITIONS });
          state.advance(decision);
          decided.push({ ...decision, partition });
        }
      }
    }
    return decided;
  }

  /** What a consumer takes of it by the consumer rule. */
  async taken(): Promise<{ taken: Found[]; repeats: number; gaps: number; last: number[] }> {
    const last = Array.from({ length: PARTITIONS }, () => -1);
    const result = { taken: [] as Found[], repeats: 0, gaps: 0, last };
    for (const found of await this.enriched()) {
      const decision = decideTake(last[found.partition]!, found.rawFrom, found.rawOffset);
      if (decision === 'gap') result.gaps += 1;
      if (decision === 'repeat') result.repeats += 1;
      if (decision !== 'take') continue;
      last[found.partition] = found.rawOffset;
      result.taken.push(found);
    }
    return result;
  }

  /** Waits until every raw record up to the given offsets (inclusive) has its verdict. */
  async until(last: readonly number[], timeoutMs = 55_000): Promise<Awaited<ReturnType<Bench['taken']>>> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const result = await this.taken();
      if (last.every((offset, partition) => result.last[partition]! >= offset)) return result;
      if (Date.now() > deadline)
        throw new Error(`verdicts end at ${result.last.join()}, not at ${last.join()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The last offset of each partition of raw, by the broker; control records count. */
  async rawEnds(): Promise<number[]> {
    return (await this.brokersEnd(this.topics.raw)).map((end) => end - 1);
  }

  /** The end of each partition's log. */
  async brokersEnd(topic: string): Promise<number[]> {
    const ranges = await logOffsets(this.brokers, topic);
    return Array.from({ length: PARTITIONS }, (_, partition) => ranges.get(partition)?.end ?? 0);
  }

  /** The first offset that each partition of a topic still holds. */
  async starts(topic: string): Promise<number[]> {
    const ranges = await logOffsets(this.brokers, topic);
    return Array.from({ length: PARTITIONS }, (_, partition) => ranges.get(partition)?.start ?? 0);
  }

  /** Ends whatever tests have left running. */
  static async closeAll(): Promise<void> {
    await Promise.all([...open].map((bench) => bench.close()));
  }

  async close(): Promise<void> {
    open.delete(this);
    await Promise.all(this.#running.map((end) => end()));
    await this.producer.close();
  }
}

const open = new Set<Bench>();
const processFile = fileURLToPath(new URL('./enricher-process.ts', import.meta.url));

const stopped = new WeakSet<Enrichment>();

/** Stops as SIGTERM does. */
export async function stop(enrichment: Enrichment): Promise<void> {
  if (stopped.has(enrichment)) return;
  stopped.add(enrichment);
  await enrichment.drain();
  await enrichment.close();
}

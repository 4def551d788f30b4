import { setTimeout as sleep } from 'node:timers/promises';
import { topicsOf } from '@auditorium/events';
import { createProducer } from '@auditorium/kafka';
import type { Producer } from '@auditorium/kafka';
import { createPool } from '@auditorium/postgres';
import { createRelay } from '@auditorium/sdk';
import type { Relay, RelayCrashPoint } from '@auditorium/sdk';
import type { Logger, Reached } from '@auditorium/telemetry';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import type { ActorCrashPoint } from './actor-transaction.ts';
import type { ChangeCrashPoint } from './change-organisation.ts';
import { SCHEMA } from './migrations/all-migrations.ts';
import type { PublishCrashPoint } from './publish-records.ts';
import { startRecordPublisher } from './record-publisher.ts';
import type { RecordPublisher } from './record-publisher.ts';
import type { DirectorySettings } from './settings.ts';

/** Every place of this service where a test may kill it. */
export type DirectoryCrashPoint = ChangeCrashPoint | ActorCrashPoint | PublishCrashPoint | RelayCrashPoint;

/** With Kafka away a send goes on for longer than a process that is told to stop may live; its rows stay for the next one. */
const DRAIN_MS = 12_000;
const CLOSE_MS = 3_000;
const atMost = (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });

/** What lives as long as the process: connections, the publisher of records, the relay of audit events. */
@Injectable()
export class DirectoryRuntime implements OnApplicationShutdown {
  readonly pool: pg.Pool;
  readonly reached: Reached<DirectoryCrashPoint>;
  readonly #producer: Producer;
  readonly #publisher: RecordPublisher;
  readonly #relay: Relay;

  constructor(settings: DirectorySettings, log: Logger, reached: Reached<DirectoryCrashPoint>) {
    const brokers = settings.AUDITORIUM_KAFKA_BROKERS;
    const topics = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX);
    const partitions = settings.AUDITORIUM_PARTITIONS;
    this.reached = reached;
    this.pool = createPool({
      url: settings.AUDITORIUM_DATABASE_URL,
      max: 20,
      applicationName: 'auditorium directory',
      onIdleError: (err) => log.warn({ err }, 'an idle connection to PostgreSQL broke'),
    });
    const { pool } = this;
    const producer = createProducer({ brokers, clientId: 'auditorium-directory' });
    this.#producer = producer;
    this.#publisher = startRecordPublisher({ pool, producer, brokers, topics, partitions, log, reached });
    this.#relay = createRelay({
      pool,
      schema: SCHEMA,
      producer,
      topic: topics.raw,
      partitions,
      log,
      reached,
    });
    this.#relay.start();
  }

  /** Tells the publisher that there is something new. */
  readonly wake = (): void => this.#publisher.wake();

  /** Lets the round that is under way finish; what is left is in the database and goes out at the next start. */
  async drain(): Promise<void> {
    await Promise.race([Promise.all([this.#publisher.close(), this.#relay.close()]), atMost(DRAIN_MS)]);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.race([this.#producer.close(), atMost(CLOSE_MS)]);
    await Promise.race([this.pool.end(), atMost(CLOSE_MS)]);
  }
}

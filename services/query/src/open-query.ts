import { setInterval as every } from 'node:timers/promises';
import { AuditoriumError, topicRequirements, topicsOf, type Topics } from '@auditorium/events';
import { createInternalClient, serviceToken } from '@auditorium/http';
import {
  createProducer,
  ensureTopics,
  followDirectory,
  type FollowedDirectory,
  type KafkaBatchServer,
  type Producer,
} from '@auditorium/kafka';
import { createPool, migrate } from '@auditorium/postgres';
import { createRelay, outboxMigration, type Relay, type RelayCrashPoint } from '@auditorium/sdk';
import { notListening, type Logger, type Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { monthsFrom } from './domain/month.ts';
import { ActorNames } from './http/actor-names.ts';
import { Projection1700000000001, READER_ROLE } from './migrations/001-projection.ts';
import { Stops1700000000002 } from './migrations/002-stops.ts';
import { openProjection } from './open-projection.ts';
import { Months } from './postgres/months.ts';
import { EventReader } from './postgres/read-events.ts';
import type { ProjectorCrashPoint } from './project-batch.ts';
import type { ResubmitCrashPoint, ResubmitDependencies } from './resubmit-event.ts';
import type { QuerySettings } from './settings.ts';
import type { ShowEventDependencies } from './show-event.ts';

/** Made ahead, so that the turn of a month finds its partition there even if nobody could make one that day. */
const MONTHS_AHEAD = 3;
const MONTHS_EVERY_MS = 3_600_000;
/** Of each of the two pools; more readers at once wait. */
const CONNECTIONS = 20;

/** Every crash point of this service. */
export type QueryCrashPoint = ProjectorCrashPoint | ResubmitCrashPoint | RelayCrashPoint;

/** What the service runs on. */
export interface Query {
  readonly settings: QuerySettings;
  readonly pool: pg.Pool;
  readonly reader: EventReader;
  readonly directory: FollowedDirectory;
  readonly reading: ShowEventDependencies;
  readonly quarantine: ResubmitDependencies;
  /** The Nest transport that feeds the projector. */
  readonly transport: KafkaBatchServer;
  /** Throws what keeps partitions from being projected any further. */
  readonly requireProjecting: () => void;
  close(): Promise<void>;
}

export interface OpenQueryOptions {
  readonly settings: QuerySettings;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
  readonly reached?: Reached<QueryCrashPoint>;
}

/** Brings the database up to date, checks the topics and opens everything; nothing is consumed yet. */
export async function openQuery({
  settings,
  log,
  onFatal,
  reached = notListening,
}: OpenQueryOptions): Promise<Query> {
  const topics = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX);
  const pools = await openDatabase(settings);
  await checkTopics(settings, topics);
  const months = new Months(pools.main);
  const stopMonths = await keepMonthsAhead(months, log);
  let fatal: unknown;
  const failed = (error: unknown): void => onFatal((fatal = error));
  const brokers = settings.AUDITORIUM_KAFKA_BROKERS;
  const directory = await followDirectory({
    brokers,
    clientId: 'auditorium-query',
    topics,
    log,
    onFatal: failed,
  });
  const producer = createProducer({ brokers, clientId: 'auditorium-query' });
  const relay = startRelay(settings, { pool: pools.main, topics, log, reached });
  const reader = new EventReader(pools.reader, settings.AUDITORIUM_READ_TIMEOUT_MS);
  const pool = pools.main;
  const projection = openProjection({ settings, topics, pool, months, log, reached, onEnded: failed });
  return {
    settings,
    pool: pools.main,
    reader,
    directory,
    reading: readingOver(settings, reader, log),
    quarantine: {
      pool: pools.main,
      producer,
      topic: topics.raw,
      partitions: settings.AUDITORIUM_PARTITIONS,
      reached,
    },
    transport: projection.transport,
    requireProjecting: () => {
      if (fatal !== undefined) throw fatal as Error;
      projection.requireProjecting();
    },
    close: async () => {
      stopMonths();
      await Promise.all([directory.close(), relay.close(), producer.close()]);
      await Promise.all([pools.main.end(), pools.reader.end()]);
    },
  };
}

async function openDatabase(settings: QuerySettings): Promise<{ main: pg.Pool; reader: pg.Pool }> {
  const url = settings.AUDITORIUM_DATABASE_URL;
  const outbox = outboxMigration({ schema: 'query', shards: 1 });
  const migrations = [Projection1700000000001, Stops1700000000002, outbox];
  await migrate({ url, schema: 'query', migrations });
  const readerUrl = settings.AUDITORIUM_READER_DATABASE_URL ?? url;
  const reader = createPool({
    url: readerUrl,
    max: CONNECTIONS,
    applicationName: 'auditorium-query-reader',
    role: READER_ROLE,
  });
  await requireReader(reader);
  return { main: createPool({ url, max: CONNECTIONS, applicationName: 'auditorium-query' }), reader };
}

/** Nothing is served unless row-level security binds whoever reads. */
async function requireReader(reader: pg.Pool): Promise<void> {
  const problem = await reader.query<{ binds: boolean }>(BINDS).then(
    ({ rows }) => (rows[0]?.binds ? undefined : 'it is not bound by row-level security'),
    (error: Error) => error.message,
  );
  if (problem === undefined) return;
  await reader.end();
  const message = `the log cannot be read under the role ${READER_ROLE}: ${problem}; GRANT ${READER_ROLE} to the login`;
  throw new AuditoriumError('settings-invalid', message, { facts: { problems: [message] } });
}

const BINDS = `
SELECT NOT r.rolsuper AND NOT r.rolbypassrls AND row_security_active('query.event') AS binds
FROM pg_roles r WHERE r.rolname = current_user`;

function checkTopics(settings: QuerySettings, topics: Topics): Promise<void> {
  const { AUDITORIUM_PARTITIONS: partitions, AUDITORIUM_REPLICATION: replication } = settings;
  return ensureTopics({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    requirements: topicRequirements(topics, { partitions, replication }),
    create: settings.AUDITORIUM_CREATE_TOPICS,
  });
}

async function keepMonthsAhead(months: Months, log: Logger): Promise<() => void> {
  await months.ensure(monthsFrom(Date.now(), MONTHS_AHEAD));
  const stop = new AbortController();
  const keep = async (): Promise<void> => {
    for await (const _ of every(MONTHS_EVERY_MS, undefined, { signal: stop.signal, ref: false })) {
      await months.ensure(monthsFrom(Date.now(), MONTHS_AHEAD)).catch((error: unknown) => {
        log.error({ err: error }, 'the coming months have no partition yet');
      });
    }
  };
  keep().catch(() => undefined); // ends by the signal
  return () => stop.abort();
}

interface RelaySurroundings {
  readonly pool: pg.Pool;
  readonly topics: Topics;
  readonly log: Logger;
  readonly reached: Reached<RelayCrashPoint>;
}

function startRelay(
  settings: QuerySettings,
  { pool, topics, log, reached }: RelaySurroundings,
): Relay & { producer: Producer } {
  const producer = createProducer({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    clientId: 'auditorium-query-relay',
  });
  const relay = createRelay({
    pool,
    schema: 'query',
    producer,
    log,
    reached,
    topic: topics.raw,
    partitions: settings.AUDITORIUM_PARTITIONS,
  });
  relay.start();
  return {
    producer,
    start: () => undefined,
    close: async () => {
      await relay.close();
      await producer.close();
    },
  };
}

function readingOver(settings: QuerySettings, reader: EventReader, log: Logger): ShowEventDependencies {
  const token = serviceToken({
    issuer: settings.AUDITORIUM_OIDC_ISSUER,
    clientId: settings.AUDITORIUM_OIDC_CLIENT_ID,
    clientSecret: settings.AUDITORIUM_OIDC_CLIENT_SECRET,
    audience: settings.AUDITORIUM_OIDC_AUDIENCE,
  });
  const clientOf = (baseUrl: string) => createInternalClient({ baseUrl, token });
  return {
    reader,
    log,
    names: new ActorNames(clientOf(settings.AUDITORIUM_DIRECTORY_URL), log),
    delivery: clientOf(settings.AUDITORIUM_DELIVERY_URL),
    partitions: settings.AUDITORIUM_PARTITIONS,
  };
}

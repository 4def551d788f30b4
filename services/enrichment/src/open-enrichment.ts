import { AuditoriumError, topicRequirements, topicsOf, type Topics } from '@auditorium/events';
import {
  createProducer,
  ensureTopics,
  KafkaBatchServer,
  partitionLogs,
  type Producer,
} from '@auditorium/kafka';
import { createPool, migrate } from '@auditorium/postgres';
import { createRelay, outboxMigration, type Relay } from '@auditorium/sdk';
import { notListening, type Logger, type Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { AcceptPoint, GapDependencies } from './accept-loss.ts';
import { Directory } from './domain/directory.ts';
import { isFinal } from './domain/is-final.ts';
import type { EnrichPoint } from './enrich-batch.ts';
import { EnrichmentSource } from './kafka/enrichment-source.ts';
import { EnrichmentWatch } from './kafka/enrichment-watch.ts';
import { followDirectory } from './kafka/follow-directory.ts';
import { Positions1700000000001 } from './migrations/001-positions.ts';
import { RawNext1700000000002 } from './migrations/002-raw-next.ts';
import { Stops1700000000003 } from './migrations/003-stops.ts';
import type { RefillPoint } from './rebuild-position.ts';
import type { ResumePoint } from './resume-partition.ts';
import type { SavePoint } from './save-position.ts';
import type { EnrichmentSettings } from './settings.ts';
import { StopWatch } from './watch-stops.ts';

/** The service without its HTTP. */
export interface Enrichment {
  readonly pool: pg.Pool;
  /** What operators see and decide about partitions that stand still. */
  readonly gaps: GapDependencies;
  /** The consumption of raw, as a transport for Nest. To be started once `caughtUp`. */
  readonly transport: KafkaBatchServer;
  /** Resolves once the directory has been read to its end. */
  readonly caughtUp: Promise<unknown>;
  /** Throws what stopped a partition, for good or for a while. */
  ready(): void;
  /** Finishes the batches under way, saves the positions and gives the partitions back. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** All places where a test may kill the service. */
export type EnrichmentPoint = EnrichPoint | SavePoint | ResumePoint | RefillPoint | AcceptPoint;

const CLIENT = 'auditorium-enrichment';
const GROUP = 'auditorium.enrichment';
/** A statement without an answer is given up after this, so that stopping never waits for PostgreSQL. */
const QUERY_TIMEOUT_MS = 10_000;
/** How often it is looked for partitions that have been quiet for long. */
const SAVE_MS = 600_000;
/** How often operators' wishes are looked for, and what stands still is shown to them. */
const LOOK_MS = 5_000;
/** The schema, in order. */
const MIGRATIONS = [
  Positions1700000000001,
  RawNext1700000000002,
  Stops1700000000003,
  outboxMigration({ schema: 'enrichment', shards: 1 }, 1_700_000_000_004),
];

/**
 * Brings the schema up to date, checks the topics, begins to follow the directory.
 *
 * @param group the consumer group, behind the prefix of the topics; another one makes two enrichers work on everything
 */
export async function openEnrichment(
  settings: EnrichmentSettings,
  log: Logger,
  reached: Reached<EnrichmentPoint> = notListening,
  group = GROUP,
): Promise<Enrichment> {
  const { AUDITORIUM_KAFKA_BROKERS: brokers, AUDITORIUM_DATABASE_URL: url } = settings;
  await migrate({ url, schema: 'enrichment', migrations: MIGRATIONS });
  const topics = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX);
  await checkTopics(settings, topics);
  const pool = createPool({
    url,
    applicationName: 'enrichment',
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    onIdleError: (err) => log.warn({ err }, 'an idle connection to PostgreSQL broke'),
  });
  const directory = new Directory();
  const followed = await followDirectory(brokers, topics, directory, log);
  const producer = createProducer({ brokers, clientId: CLIENT });
  const logs = partitionLogs(brokers);
  const watch = new EnrichmentWatch(log, directory);
  const source = new EnrichmentSource({
    pool,
    producer,
    logs,
    topics,
    enriched: topics.enriched,
    partitions: settings.AUDITORIUM_PARTITIONS,
    directory,
    watch,
    log,
    now: () => Date.now(),
    reached,
  });
  const relay = startRelay(settings, pool, producer, topics, log);
  const close = async (): Promise<void> => {
    await relay.close();
    await Promise.all([producer.close(), followed.close()]);
    await pool.end();
  };
  const gaps = { pool, logs, topics, platformOrg: settings.AUDITORIUM_PLATFORM_ORG, reached };
  const consuming = consumption(settings, group, { source, watch, log, pool });
  return { pool, gaps, caughtUp: followed.caughtUp, close, ...consuming };
}

/** Sends on what this service itself has to say. */
function startRelay(
  settings: EnrichmentSettings,
  pool: pg.Pool,
  producer: Producer,
  { raw: topic }: Topics,
  log: Logger,
): Relay {
  const partitions = settings.AUDITORIUM_PARTITIONS;
  const relay = createRelay({ pool, schema: 'enrichment', producer, topic, partitions, log });
  relay.start();
  return relay;
}

function checkTopics(settings: EnrichmentSettings, topics: Topics): Promise<void> {
  const { AUDITORIUM_PARTITIONS: partitions, AUDITORIUM_REPLICATION: replication } = settings;
  const requirements = topicRequirements(topics, { replication, partitions });
  const { AUDITORIUM_KAFKA_BROKERS: brokers, AUDITORIUM_CREATE_TOPICS: create } = settings;
  return ensureTopics({ brokers, requirements, create });
}

interface Consuming {
  readonly source: EnrichmentSource;
  readonly watch: EnrichmentWatch;
  readonly log: Logger;
  readonly pool: pg.Pool;
}

function consumption(
  settings: EnrichmentSettings,
  group: string,
  { source, watch, log, pool }: Consuming,
): Pick<Enrichment, 'transport' | 'ready' | 'drain'> {
  let ended: unknown;
  const topic = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX).raw;
  const transport = new KafkaBatchServer({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    topic,
    clientId: CLIENT,
    groupId: `${settings.AUDITORIUM_TOPIC_PREFIX}${group}`,
    source,
    log,
    isFatal: isFinal,
    takeUnreadable: true,
    // The other partitions go on; this one stands still, and readiness says so until an operator has let it go on.
    onFatal: (error, partition) => {
      log.fatal({ err: error, partition }, 'a partition of raw cannot be enriched any further');
      if (partition === undefined) ended = error;
      else void stops.look();
    },
  });
  const stops = new StopWatch({ pool, log, source, transport, topic });
  const lookAfter = (): void =>
    void source
      .lookAfterQuiet()
      .catch((err: unknown) => log.warn({ err }, 'quiet partitions could not be looked after'));
  const saver = setInterval(lookAfter, SAVE_MS).unref();
  const looker = setInterval(() => void stops.look(), LOOK_MS).unref();
  const ready = (): void => {
    transport.ready();
    stops.requireNone();
    const problem = ended ?? watch.failures.lasting(Date.now());
    if (problem === undefined) return;
    if (problem instanceof Error) throw problem;
    throw new AuditoriumError('internal', 'a partition failed', { cause: problem });
  };
  const drain = async (): Promise<void> => {
    clearInterval(saver);
    clearInterval(looker);
    await transport.close();
    await stops.ended();
  };
  return { transport, ready, drain };
}

import { AuditoriumError, topicRequirements, topicsOf, type Topics } from '@auditorium/events';
import { createProducer, ensureTopics, KafkaBatchServer, partitionLogs } from '@auditorium/kafka';
import { createPool, migrate } from '@auditorium/postgres';
import { notListening, type Logger, type Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { Directory } from './domain/directory.ts';
import { isFinal } from './domain/is-final.ts';
import type { EnrichPoint } from './enrich-batch.ts';
import { EnrichmentSource } from './kafka/enrichment-source.ts';
import { EnrichmentWatch } from './kafka/enrichment-watch.ts';
import { followDirectory } from './kafka/follow-directory.ts';
import { Positions1700000000001 } from './migrations/001-positions.ts';
import { RawNext1700000000002 } from './migrations/002-raw-next.ts';
import type { ResumePoint } from './resume-partition.ts';
import type { SavePoint } from './save-position.ts';
import type { EnrichmentSettings } from './settings.ts';

/** The service without its HTTP. */
export interface Enrichment {
  readonly pool: pg.Pool;
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
export type EnrichmentPoint = EnrichPoint | SavePoint | ResumePoint;

const CLIENT = 'auditorium-enrichment';
const GROUP = 'auditorium.enrichment';
/** A statement without an answer is given up after this, so that stopping never waits for PostgreSQL. */
const QUERY_TIMEOUT_MS = 10_000;
/** How often it is looked for partitions that have been quiet for long. */
const SAVE_MS = 600_000;

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
  const migrations = [Positions1700000000001, RawNext1700000000002];
  await migrate({ url, schema: 'enrichment', migrations });
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
  const watch = new EnrichmentWatch(log, directory);
  const source = new EnrichmentSource({
    pool,
    producer,
    logs: partitionLogs(brokers),
    topics,
    enriched: topics.enriched,
    partitions: settings.AUDITORIUM_PARTITIONS,
    directory,
    watch,
    log,
    now: () => Date.now(),
    reached,
  });
  const close = async (): Promise<void> => {
    await Promise.all([producer.close(), followed.close()]);
    await pool.end();
  };
  return { pool, caughtUp: followed.caughtUp, close, ...consumption(settings, group, source, watch, log) };
}

function checkTopics(settings: EnrichmentSettings, topics: Topics): Promise<void> {
  const { AUDITORIUM_PARTITIONS: partitions, AUDITORIUM_REPLICATION: replication } = settings;
  const requirements = topicRequirements(topics, { replication, partitions });
  const { AUDITORIUM_KAFKA_BROKERS: brokers, AUDITORIUM_CREATE_TOPICS: create } = settings;
  return ensureTopics({ brokers, requirements, create });
}

function consumption(
  settings: EnrichmentSettings,
  group: string,
  source: EnrichmentSource,
  watch: EnrichmentWatch,
  log: Logger,
): Pick<Enrichment, 'transport' | 'ready' | 'drain'> {
  let fatal: unknown;
  const transport = new KafkaBatchServer({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    topic: topicsOf(settings.AUDITORIUM_TOPIC_PREFIX).raw,
    clientId: CLIENT,
    groupId: `${settings.AUDITORIUM_TOPIC_PREFIX}${group}`,
    source,
    log,
    isFatal: isFinal,
    // The other partitions go on; this one stands still, and readiness says so until somebody has looked.
    onFatal: (error) => {
      fatal ??= error;
      log.fatal({ err: error }, 'a partition of raw cannot be enriched any further');
    },
  });
  const lookAfter = (): void =>
    void source
      .lookAfterQuiet()
      .catch((err: unknown) => log.warn({ err }, 'quiet partitions could not be looked after'));
  const saver = setInterval(lookAfter, SAVE_MS).unref();
  const ready = (): void => {
    const problem = fatal ?? watch.failing(Date.now());
    if (problem === undefined) return;
    if (problem instanceof Error) throw problem;
    throw new AuditoriumError('internal', 'a partition failed', { cause: problem });
  };
  const drain = async (): Promise<void> => {
    clearInterval(saver);
    await transport.close();
  };
  return { transport, ready, drain };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { isAuditoriumError, topicRequirements, topicsOf } from '@auditorium/events';
import { bootstrap } from '@auditorium/http';
import type { RunningService } from '@auditorium/http';
import { ensureTopics } from '@auditorium/kafka';
import { migrate } from '@auditorium/postgres';
import { createLogger, notListening } from '@auditorium/telemetry';
import type { Logger, Reached } from '@auditorium/telemetry';
import { AppModule } from './app.module.ts';
import { DirectoryRuntime } from './directory-runtime.ts';
import type { DirectoryCrashPoint } from './directory-runtime.ts';
import { ALL_MIGRATIONS, SCHEMA } from './migrations/all-migrations.ts';
import type { DirectorySettings } from './settings.ts';

export interface StartOptions {
  readonly log?: Logger;
  readonly reached?: Reached<DirectoryCrashPoint>;
}

/** Schema, topics, connections, HTTP, in this order: nothing listens before what it needs is there and right. */
export async function startDirectory(
  settings: DirectorySettings,
  options: StartOptions = {},
): Promise<RunningService> {
  const log = options.log ?? createLogger({ service: 'directory', level: settings.AUDITORIUM_LOG_LEVEL });
  await migrate({ url: settings.AUDITORIUM_DATABASE_URL, schema: SCHEMA, migrations: ALL_MIGRATIONS });
  await ensureOwnTopics(settings, log);
  const runtime = new DirectoryRuntime(settings, log, options.reached ?? notListening);
  return bootstrap({
    module: AppModule.with(settings, runtime),
    settings,
    service: 'directory',
    log,
    readiness: () => ({ postgres: () => runtime.pool.query('SELECT 1 FROM directory.organisation LIMIT 1') }),
    drain: () => runtime.drain(),
  });
}

/** Kafka may still be starting when we are. */
const KAFKA_ATTEMPTS = 30;

/** The topics that this service writes; the enriched one is enrichment's. */
async function ensureOwnTopics(settings: DirectorySettings, log: Logger): Promise<void> {
  const topics = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX);
  const size = { replication: settings.AUDITORIUM_REPLICATION, partitions: settings.AUDITORIUM_PARTITIONS };
  const brokers = settings.AUDITORIUM_KAFKA_BROKERS;
  const requirements = topicRequirements(topics, size).filter(({ topic }) => topic !== topics.enriched);
  for (let attempt = 1; ; attempt++) {
    try {
      return await ensureTopics({ brokers, requirements, create: settings.AUDITORIUM_CREATE_TOPICS });
    } catch (err) {
      if (attempt === KAFKA_ATTEMPTS || !isAuditoriumError(err) || !err.retryable) throw err;
      log.warn({ err }, 'waiting for Kafka');
      await sleep(1_000);
    }
  }
}

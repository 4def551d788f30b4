import { bootstrap, type RunningService } from '@auditorium/http';
import { createLogger, type Logger, type Reached } from '@auditorium/telemetry';
import { AppModule } from './app.module.ts';
import { openQuery, type Query, type QueryCrashPoint } from './open-query.ts';
import type { QuerySettings } from './settings.ts';

/** Starts the service: database and topics, the directory as it is now, HTTP, then the projector. */
export async function startQuery(options: {
  readonly settings: QuerySettings;
  readonly onFatal: (error: unknown) => void;
  readonly log?: Logger;
  readonly reached?: Reached<QueryCrashPoint>;
}): Promise<RunningService & { query: Query }> {
  const { settings, onFatal, reached } = options;
  const log = options.log ?? createLogger({ service: 'query', level: settings.AUDITORIUM_LOG_LEVEL });
  const query = await openQuery({ settings, log, onFatal, ...(reached && { reached }) });
  // Until all of the directory is read, a record that was taken back since may be the newest one known.
  await query.directory.caughtUp;
  const service = await bootstrap({
    module: AppModule.over(query),
    settings,
    service: 'query',
    log,
    readiness: () => readinessOf(query),
    drain: () => query.transport.close(),
  });
  service.app.connectMicroservice({ strategy: query.transport });
  await service.app.startAllMicroservices();
  return { ...service, query };
}

function readinessOf(query: Query): Record<string, () => Promise<unknown>> {
  return {
    database: () => query.pool.query('SELECT 1'),
    // Before, nobody would be a member of anything, and after a fatal stop the log no longer grows.
    directory: () => query.directory.caughtUp,
    projector: async () => query.requireProjecting(),
  };
}

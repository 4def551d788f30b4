import type { Topics } from '@auditorium/events';
import { isBehindLog, KafkaBatchServer, LastingFailures, logOffsets } from '@auditorium/kafka';
import type { Logger, Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { ENRICHED } from './kafka/projector.controller.ts';
import { codeOf, ProjectorWatch } from './kafka/projector-watch.ts';
import { openPartitions } from './open-partition.ts';
import { saveStopped } from './postgres/checkpoints.ts';
import type { Months } from './postgres/months.ts';
import type { ProjectorCrashPoint } from './project-batch.ts';
import type { QuerySettings } from './settings.ts';

export interface OpenProjectionOptions {
  readonly settings: QuerySettings;
  readonly topics: Topics;
  readonly pool: pg.Pool;
  readonly months: Months;
  readonly log: Logger;
  readonly reached: Reached<ProjectorCrashPoint>;
  /** Told when consumption as a whole has ended. */
  readonly onEnded: (error: unknown) => void;
}

/** The projector, ready to be connected to the application. */
export interface Projection {
  readonly transport: KafkaBatchServer;
  /** Throws what keeps partitions from being projected any further. */
  requireProjecting(): void;
}

/** One partition that stops does not end the others, nor the reading of what is there; the end of all does. */
export function openProjection(options: OpenProjectionOptions): Projection {
  const { settings, topics, pool, months, log, reached, onEnded } = options;
  const brokers = settings.AUDITORIUM_KAFKA_BROKERS;
  const watch = new ProjectorWatch();
  const failures = new LastingFailures();
  const enrichedStart = async (partition: number): Promise<number> =>
    (await logOffsets(brokers, topics.enriched)).get(partition)?.start ?? 0;
  const transport = new KafkaBatchServer({
    brokers,
    source: openPartitions({ pool, months, reached, log, watch, failures, enrichedStart }),
    log,
    onFatal: (error, partition) => {
      if (partition === undefined) return onEnded(error);
      // Enriched expired under it: opened again it goes around that, and the gap is told like any other.
      if (isBehindLog(error)) return transport.reopen(partition);
      watch.stopped(partition, error);
      log.fatal({ err: error, partition }, 'a partition of enriched cannot be projected any further');
      void tellStopped(pool, partition, error, log);
    },
    pattern: ENRICHED,
    topic: topics.enriched,
    clientId: 'auditorium-query',
    groupId: `${settings.AUDITORIUM_TOPIC_PREFIX}auditorium.query`,
  });
  const requireProjecting = (): void => {
    transport.ready();
    watch.requireAll(transport.stopped());
    const problem = failures.lasting(performance.now());
    if (problem !== undefined) throw problem as Error;
  };
  return { transport, requireProjecting };
}

async function tellStopped(pool: pg.Pool, partition: number, error: unknown, log: Logger): Promise<void> {
  const detail = error instanceof Error ? error.message : String(error);
  await saveStopped(pool, partition, codeOf(error), detail).catch((err: unknown) =>
    log.error({ err, partition }, 'that a partition has stopped could not be saved'),
  );
}

import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { isBehindLog, KafkaBatchServer, partitionLogs } from '@auditorium/kafka';
import { crashPoints, gauge } from '@auditorium/telemetry';
import { isStop } from './domain/is-final.ts';
import { enrichedReader } from './kafka/enriched-reader.ts';
import { SealerWatch } from './kafka/sealer-watch.ts';
import type { Delivery } from './open-delivery.ts';
import { openPartitions } from './open-partition.ts';
import { saveStopped } from './postgres/stopped-partitions.ts';
import { reapSegments } from './reap-segments.ts';

/** The role `sealer`, ready to be connected to the application as a transport. */
export interface Sealer {
  readonly transport: KafkaBatchServer;
  readonly watch: SealerWatch;
  /** Throws what keeps a partition standing, for good (naming all that do, and the code) or for a while. */
  ready(): void;
  /** Seals what was gathered and gives the partitions back. */
  close(): Promise<void>;
}

const stopped = gauge('auditorium.sealer.stopped', '1 when a partition has stopped, by partition and code');

export function createSealer(delivery: Delivery): Sealer {
  const { settings, log, pool, store, topics, now, randomId } = delivery;
  const watch = new SealerWatch(log);
  const reached = crashPoints();
  let ended: Error | undefined;
  const transport = new KafkaBatchServer({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    clientId: 'auditorium-sealer',
    groupId: `${settings.AUDITORIUM_TOPIC_PREFIX}auditorium.sealer`,
    topic: topics.enriched,
    source: openPartitions({
      pool,
      store,
      log,
      watch,
      now,
      randomId,
      reached,
      topic: topics.raw,
      enriched: enrichedReader(partitionLogs(settings.AUDITORIUM_KAFKA_BROKERS), topics.enriched),
      intervalMs: settings.AUDITORIUM_SEAL_INTERVAL_MS,
      segmentBytes: settings.AUDITORIUM_SEAL_BYTES,
      memoryBytes: settings.AUDITORIUM_SEAL_MEMORY_BYTES,
    }),
    log,
    isFatal: isStop,
    // The other partitions go on; this one stands still until it is opened again, after somebody has looked.
    onFatal: (error, partition) => {
      // Enriched expired under it: opened again it goes around that, and the gap is told like any other.
      if (partition !== undefined && isBehindLog(error)) return transport.reopen(partition);
      log.fatal({ err: error, partition }, 'a partition of enriched cannot be sealed any further');
      if (partition === undefined) ended = error as Error;
      else void tellStopped(delivery, partition, error);
    },
  });
  const reap = (): void =>
    void reapSegments({ pool, store, log, reached }).catch((err: unknown) =>
      log.error({ err }, 'objects of abandoned segments could not be deleted'),
    );
  // At once too: a process that never lives as long as the interval would never look.
  reap();
  const reaper = setInterval(reap, settings.AUDITORIUM_REAP_INTERVAL_MS).unref();
  return {
    transport,
    watch,
    ready: () => {
      if (ended) throw ended;
      transport.ready();
      requireNoneStopped(transport);
      watch.requireNoGap();
      const problem = watch.failures.lasting(performance.now());
      if (problem !== undefined) throw problem as Error;
    },
    close: async () => {
      clearInterval(reaper);
      await transport.close();
    },
  };
}

async function tellStopped({ pool, log }: Delivery, partition: number, error: unknown): Promise<void> {
  const code = codeOf(error);
  stopped.record(1, { partition, code });
  await saveStopped(pool, partition, code, error instanceof Error ? error.message : String(error)).catch(
    (err: unknown) => log.error({ err, partition }, 'that a partition has stopped could not be saved'),
  );
}

function requireNoneStopped(transport: KafkaBatchServer): void {
  const standing = transport.stopped();
  const first = standing[0];
  if (first === undefined) return;
  const facts = { partitions: standing.map(({ partition }) => partition) };
  const message = `partitions stand still, the first one over: ${String(first.error)}`;
  throw new AuditoriumError(codeOf(first.error), message, { cause: first.error, facts });
}

function codeOf(error: unknown): AuditoriumError['code'] {
  return isAuditoriumError(error) ? error.code : 'internal';
}

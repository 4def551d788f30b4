import { KafkaBatchServer } from '@auditorium/kafka';
import { notListening } from '@auditorium/telemetry';
import { SealerWatch } from './kafka/sealer-watch.ts';
import type { Delivery } from './open-delivery.ts';
import { openPartitions } from './open-partition.ts';
import { reapSegments } from './reap-segments.ts';

/** The role `sealer`, ready to be connected to the application as a transport. */
export interface Sealer {
  readonly transport: KafkaBatchServer;
  readonly watch: SealerWatch;
  /** Throws what stopped a partition, for good or for a while. */
  ready(): void;
  /** Seals what was gathered and gives the partitions back. */
  close(): Promise<void>;
}

/** How often abandoned objects are looked for. */
const REAP_MS = 600_000;

export function createSealer(delivery: Delivery): Sealer {
  const { settings, log, pool, store, topics, now, randomId } = delivery;
  const watch = new SealerWatch(log);
  let fatal: Error | undefined;
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
      reached: notListening,
      topic: topics.raw,
      intervalMs: settings.AUDITORIUM_SEAL_INTERVAL_MS,
      segmentBytes: settings.AUDITORIUM_SEAL_BYTES,
      memoryBytes: settings.AUDITORIUM_SEAL_MEMORY_BYTES,
    }),
    log,
    // The other partitions go on; this one stands still, and readiness says so until somebody has looked.
    onFatal: (error) => {
      fatal ??= error instanceof Error ? error : new Error(String(error));
      log.fatal({ err: error }, 'a partition of enriched cannot be sealed any further');
    },
  });
  const reaper = setInterval(() => {
    reapSegments({ pool, store, log, reached: notListening }).catch((err: unknown) =>
      log.error({ err }, 'objects of abandoned segments could not be deleted'),
    );
  }, REAP_MS).unref();
  return {
    transport,
    watch,
    ready: () => {
      transport.ready();
      const problem = fatal ?? watch.failures.lasting(performance.now());
      if (problem !== undefined) throw problem as Error;
    },
    close: async () => {
      clearInterval(reaper);
      await transport.close();
    },
  };
}

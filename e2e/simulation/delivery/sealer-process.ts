import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SealerWatch } from '../../../services/delivery/src/kafka/sealer-watch.ts';
import { openPartitions } from '../../../services/delivery/src/open-partition.ts';
import { reapSegments } from '../../../services/delivery/src/reap-segments.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { consume } from '../kafka/sim-consumer.ts';
import { SimPool } from '../postgres/sim-pool.ts';
import { simStore } from '../s3/sim-store.ts';
import { ENRICHED } from './enriched-writer.ts';
import type { Running } from './service.ts';
import { type DeliveryStage, logOf } from './stage.ts';

/** More often than in production, where it is every ten minutes: a storm is short. */
const REAP_MS = 15_000;

/** Sleeps until somebody wakes it. */
function asleep(process: SimProcess): Promise<void> {
  process.pause();
  return new Promise((resolve) => process.deliver(resolve));
}

/** The role `sealer`: the real one, over simulated servers. */
export function startSealer(stage: DeliveryStage, name: string): Running {
  const { world, kafka, database } = stage;
  const process = world.process(name);
  const log = logOf(world, name);
  let stop = (): void => process.kill();
  const reached = (point: string): Promise<void> =>
    stage.putsToSleep(process, point) ? asleep(process) : process.reached(point);
  process.start(async () => {
    const { pool } = new SimPool(database, process);
    const store = simStore({ world, bucket: stage.ledger });
    const consumption = await consume(kafka, 'sealer', {
      topic: ENRICHED,
      log,
      onFatal: (error) => void stage.stops.push(String((error as { code?: unknown }).code ?? error)),
      source: openPartitions({
        pool,
        store,
        log,
        watch: new SealerWatch(log),
        now: () => new Date(),
        randomId: () => randomBytes(15).toString('base64url'),
        reached,
        topic: 'audit.events.raw.v1',
        intervalMs: 4_000,
        segmentBytes: 4_000,
        memoryBytes: 16 * 1_048_576,
      }),
    });
    setInterval(() => {
      reapSegments({ pool, store, log, reached: process.reached }).catch(() => undefined);
    }, REAP_MS);
    stop = () => void consumption.close().then(() => process.kill());
  });
  return { process, stop: () => process.deliver(() => stop()) };
}

/** Nothing but the reaper, which looks a few times. */
export function startReaper(stage: DeliveryStage, name: string, looks = 3): Running {
  const { world, database } = stage;
  const process = world.process(name);
  process.start(async () => {
    const { pool } = new SimPool(database, process);
    const store = simStore({ world, bucket: stage.ledger });
    const log = logOf(world, name);
    for (let look = 0; look < looks; look += 1) {
      await reapSegments({ pool, store, log, reached: process.reached }).catch((error: unknown) =>
        world.log(`${name}: ${String(error)}`),
      );
      await sleep(600_000);
    }
  });
  return { process, stop: () => process.kill() };
}

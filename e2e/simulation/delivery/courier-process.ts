import { randomUUID } from 'node:crypto';
import type { LocalFiles } from '../../../services/delivery/src/s3/local-files.ts';
import { PlanCopier } from '../../../services/delivery/src/copy-plans.ts';
import { ByteBudget } from '../../../services/delivery/src/domain/byte-budget.ts';
import { headSegment } from '../../../services/delivery/src/postgres/segment-at.ts';
import { Courier } from '../../../services/delivery/src/run-courier.ts';
import { OrgHistories } from '../../../services/delivery/src/s3/org-histories.ts';
import { PlanCopies } from '../../../services/delivery/src/s3/plan-copies.ts';
import { SegmentCache } from '../../../services/delivery/src/s3/segment-cache.ts';
import { AuditoriumError } from '@auditorium/events';
import { SimPool } from '../postgres/sim-pool.ts';
import { simStore } from '../s3/sim-store.ts';
import type { Running } from './service.ts';
import { type DeliveryStage, logOf } from './stage.ts';

/** The role `courier`: the real one, over simulated servers. */
export function startCourier(stage: DeliveryStage, name: string): Running {
  const { world, database, customers } = stage;
  const process = world.process(name);
  let stop = (): void => process.kill();
  const reached = (point: string): Promise<void> => {
    stage.onCourier(point);
    return process.reached(point);
  };
  process.start(() => {
    const { pool } = new SimPool(database, process);
    const store = simStore({ world, bucket: stage.ledger });
    const cache = new SegmentCache({ store, files: memoryFiles(), diskBytes: 20_000 });
    const copies = new PlanCopies(store);
    const courier = new Courier({
      pool,
      copies,
      id: `${name} ${randomUUID()}`,
      histories: new OrgHistories(cache, (org) => headSegment(pool, org)),
      buckets: customers.buckets(),
      log: logOf(world, name),
      now: () => new Date(),
      copier: new PlanCopier(pool, copies, reached),
      names: (_org, actors) =>
        world.io('directory', `${actors.length} names`, () => stage.names.of, { error: directoryAway }),
      budget: new ByteBudget(1_000_000),
      objectBytes: 2_500,
      backoff: { firstMs: 1_000, longestMs: 20_000 },
      elapsed: () => performance.now(),
      newId: () => randomUUID(),
      random: Math.random,
      reached,
      pollMs: 2_000,
    });
    courier.start();
    stop = () => void courier.close().then(() => process.kill());
    return Promise.resolve();
  });
  return { process, stop: () => process.deliver(() => stop()) };
}

const directoryAway = (): Error =>
  new AuditoriumError('upstream-unavailable', 'the directory did not answer', { retryable: true });

/** A disk in memory. */
function memoryFiles(): LocalFiles {
  const files = new Map<string, Buffer>();
  return {
    write: (name, bytes) => Promise.resolve(files.set(name, bytes) !== undefined),
    read: (name, { offset, length }) => {
      const bytes = files.get(name)?.subarray(offset, offset + length);
      return Promise.resolve(bytes?.length === length ? bytes : undefined);
    },
    remove: (name) => Promise.resolve(void files.delete(name)),
    close: () => Promise.resolve(files.clear()),
  };
}

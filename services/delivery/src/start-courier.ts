import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProducer } from '@auditorium/kafka';
import { createRelay } from '@auditorium/sdk';
import { crashPoints } from '@auditorium/telemetry';
import { deliveryAudit } from './audit-catalogue.ts';
import { PlanCopier } from './copy-plans.ts';
import { ByteBudget } from './domain/byte-budget.ts';
import { BACKOFF } from './domain/window.ts';
import type { DestinationsApi } from './http/destinations-api.ts';
import { directoryNames } from './http/directory-names.ts';
import type { Delivery } from './open-delivery.ts';
import { Courier } from './run-courier.ts';
import { CustomerBuckets } from './s3/customer-buckets.ts';
import { headSegment } from './postgres/segment-at.ts';
import { localFiles } from './s3/local-files.ts';
import { OrgHistories } from './s3/org-histories.ts';
import { PlanCopies } from './s3/plan-copies.ts';
import { SegmentCache } from './s3/segment-cache.ts';
import type { DeliverySettings } from './settings.ts';

/** Customers' buckets as the settings say how to reach them. */
function openBuckets(settings: DeliverySettings): CustomerBuckets {
  return new CustomerBuckets({
    s3Endpoint: settings.AUDITORIUM_S3_ENDPOINT,
    stsEndpoint: settings.AUDITORIUM_STS_ENDPOINT,
    pathStyle: settings.AUDITORIUM_S3_PATH_STYLE,
    region: settings.AUDITORIUM_S3_REGION,
    timeoutMs: settings.AUDITORIUM_PUT_TIMEOUT_MS,
  });
}

export interface RunningCourier {
  /** Throws when it could not keep its leases. */
  ready(): void;
  /** Lets what is under way end, gives the partitions to others. */
  close(): Promise<void>;
}

/** The role `courier`. */
export function startCourier(delivery: Delivery): RunningCourier {
  const { settings, pool, store, log, now, directoryClient } = delivery;
  const buckets = openBuckets(settings);
  const dir = join(settings.AUDITORIUM_CACHE_DIR ?? tmpdir(), `auditorium-courier-${process.pid}`);
  const cache = new SegmentCache({
    store,
    files: localFiles(dir),
    diskBytes: settings.AUDITORIUM_CACHE_BYTES,
  });
  const copies = new PlanCopies(store);
  const courier = new Courier({
    pool,
    histories: new OrgHistories(cache, (org) => headSegment(pool, org)),
    buckets,
    copies,
    log,
    now,
    id: `${process.pid}-${delivery.randomId()}`,
    copier: new PlanCopier(pool, copies, crashPoints()),
    names: directoryNames(directoryClient),
    budget: new ByteBudget(settings.AUDITORIUM_COURIER_MEMORY_BYTES),
    objectBytes: settings.AUDITORIUM_OBJECT_BYTES,
    backoff: BACKOFF,
    elapsed: () => performance.now(),
    newId: () => randomUUID(),
    random: Math.random,
    reached: crashPoints(),
  });
  courier.start();
  return {
    ready: () => courier.ready(),
    close: async () => {
      await courier.close();
      await Promise.all([buckets.close(), cache.close()]);
    },
  };
}

/** What the destinations' HTTP needs, and the relay that sends their audit events on. */
export function openDestinations(delivery: Delivery): { api: DestinationsApi; close(): Promise<void> } {
  const { settings, pool, log, topics, now } = delivery;
  const buckets = openBuckets(settings);
  const partitions = settings.AUDITORIUM_PARTITIONS;
  const producer = createProducer({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    clientId: 'auditorium-delivery',
  });
  const relay = createRelay({
    pool,
    schema: 'delivery',
    producer,
    topic: topics.raw,
    partitions,
    log,
    reached: crashPoints(),
  });
  relay.start();
  const api: DestinationsApi = {
    pool,
    now,
    buckets,
    partitions,
    audit: deliveryAudit,
    defaultWindowSeconds: settings.AUDITORIUM_DEFAULT_WINDOW_S,
    minWindowSeconds: settings.AUDITORIUM_MIN_WINDOW_S,
    platformPrincipalArn: settings.AUDITORIUM_PLATFORM_PRINCIPAL_ARN,
    region: settings.AUDITORIUM_S3_REGION,
    newId: () => randomUUID(),
    // 144 bits: made once, for one destination, and not to be guessed.
    newExternalId: () => `auditorium-${randomBytes(18).toString('base64url')}`,
  };
  return {
    api,
    close: async () => {
      await relay.close();
      await producer.close();
      await buckets.close();
    },
  };
}

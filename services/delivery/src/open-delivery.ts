import { randomBytes } from 'node:crypto';
import { topicRequirements, topicsOf, type Topics } from '@auditorium/events';
import { createInternalClient, serviceToken, type InternalClient } from '@auditorium/http';
import { ensureTopics, followDirectory, type FollowedDirectory } from '@auditorium/kafka';
import { createS3Store, type ObjectStore } from '@auditorium/object-store';
import { createPool, migrate } from '@auditorium/postgres';
import type { Logger } from '@auditorium/telemetry';
import type pg from 'pg';
import { MIGRATIONS } from './migrations/all.ts';
import { SegmentFooters } from './s3/segment-footers.ts';
import type { DeliverySettings } from './settings.ts';

/** What every role of this service works with: opened once, closed last. */
export interface Delivery {
  readonly settings: DeliverySettings;
  readonly log: Logger;
  readonly topics: Topics;
  readonly pool: pg.Pool;
  /** The ledger's bucket. */
  readonly store: ObjectStore;
  readonly footers: SegmentFooters;
  readonly directory: FollowedDirectory;
  readonly directoryClient: InternalClient;
  readonly queryClient: InternalClient | undefined;
  readonly enrichmentClient: InternalClient | undefined;
  readonly now: () => Date;
  readonly randomId: () => string;
  close(): Promise<void>;
}

/** Brings the schema up to date, checks the topics, reads the directory, opens what all roles share. */
export async function openDelivery(settings: DeliverySettings, log: Logger): Promise<Delivery> {
  await migrate({ url: settings.AUDITORIUM_DATABASE_URL, schema: 'delivery', migrations: MIGRATIONS });
  const topics = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX);
  await checkTopics(settings, topics);
  const pool = createPool({
    url: settings.AUDITORIUM_DATABASE_URL,
    applicationName: 'delivery',
    max: 20,
    onIdleError: (err) => log.warn({ err }, 'an idle connection to PostgreSQL broke'),
  });
  const store = ledgerStore(settings);
  const directory = await followDirectory({
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    clientId: 'auditorium-delivery',
    topics,
    log,
    onFatal: endProcess,
  });
  // Until all of it is read, a permission that was taken back since may be the newest one known.
  await directory.caughtUp;
  return {
    settings,
    log,
    topics,
    pool,
    store,
    directory,
    footers: new SegmentFooters(store),
    ...internalClients(settings),
    now: () => new Date(),
    randomId: () => randomBytes(15).toString('base64url'),
    close: async () => {
      await directory.close();
      await store.close();
      await pool.end();
    },
  };
}

/** Caught nowhere on purpose: without the directory nobody's permissions are known. */
function endProcess(error: unknown): void {
  void Promise.reject(error as Error);
}

function checkTopics(settings: DeliverySettings, topics: Topics): Promise<void> {
  const requirements = topicRequirements(topics, {
    replication: settings.AUDITORIUM_REPLICATION,
    partitions: settings.AUDITORIUM_PARTITIONS,
  });
  const { AUDITORIUM_KAFKA_BROKERS: brokers, AUDITORIUM_CREATE_TOPICS: create } = settings;
  return ensureTopics({ brokers, requirements, create });
}

function ledgerStore(settings: DeliverySettings): ObjectStore {
  return createS3Store({
    endpoint: settings.AUDITORIUM_S3_ENDPOINT,
    region: settings.AUDITORIUM_S3_REGION,
    bucket: settings.AUDITORIUM_LEDGER_BUCKET,
    pathStyle: settings.AUDITORIUM_S3_PATH_STYLE,
  });
}

function internalClients(
  settings: DeliverySettings,
): Pick<Delivery, 'directoryClient' | 'queryClient' | 'enrichmentClient'> {
  const token = serviceToken({
    issuer: settings.AUDITORIUM_OIDC_ISSUER,
    audience: settings.AUDITORIUM_OIDC_AUDIENCE,
    clientId: settings.AUDITORIUM_OIDC_CLIENT_ID,
    clientSecret: settings.AUDITORIUM_OIDC_CLIENT_SECRET,
  });
  const clientOf = (baseUrl: string | undefined) =>
    baseUrl === undefined ? undefined : createInternalClient({ baseUrl, token });
  return {
    directoryClient: createInternalClient({ baseUrl: settings.AUDITORIUM_DIRECTORY_URL, token }),
    queryClient: clientOf(settings.AUDITORIUM_QUERY_URL),
    enrichmentClient: clientOf(settings.AUDITORIUM_ENRICHMENT_URL),
  };
}

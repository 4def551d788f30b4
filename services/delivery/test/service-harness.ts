import { encodeEnrichedHeaders, partitionOf, topicRequirements, topicsOf } from '@auditorium/events';
import { bootstrap } from '@auditorium/http';
import { createProducer, ensureTopics } from '@auditorium/kafka';
import { loadSettings } from '@auditorium/settings';
import {
  createBucket,
  createDatabase,
  platformCredentials,
  topicPrefix,
  useIssuer,
  useServers,
} from '@auditorium/testing';
import { AppModule } from '../src/app.module.ts';
import { openDelivery } from '../src/open-delivery.ts';
import { deliverySettings } from '../src/settings.ts';
import { openDestinations, startCourier } from '../src/start-courier.ts';
import { createSealer } from '../src/start-sealer.ts';
import { silent } from './sealer-harness.ts';

export const PARTITIONS = 2;

/** The whole service in this process on the real servers, with a directory of one org and its people. */
export async function startService(env: Record<string, string> = {}) {
  const { kafkaBrokers: brokers, s3Endpoint, stsEndpoint } = await useServers();
  const issuer = await useIssuer();
  const credentials = await platformCredentials();
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  const prefix = env['AUDITORIUM_TOPIC_PREFIX'] ?? topicPrefix();
  const topics = topicsOf(prefix);
  const settings = loadSettings(deliverySettings, {
    AUDITORIUM_HOST: '127.0.0.1',
    AUDITORIUM_PORT: '0',
    AUDITORIUM_LOG_LEVEL: 'silent',
    AUDITORIUM_KAFKA_BROKERS: brokers.join(','),
    AUDITORIUM_TOPIC_PREFIX: prefix,
    AUDITORIUM_PARTITIONS: String(PARTITIONS),
    AUDITORIUM_REPLICATION: '1',
    AUDITORIUM_CREATE_TOPICS: 'true',
    AUDITORIUM_DATABASE_URL: await createDatabase(),
    AUDITORIUM_OIDC_ISSUER: issuer.issuer,
    AUDITORIUM_OPERATORS: 'u_operator',
    AUDITORIUM_OIDC_CLIENT_ID: 'auditorium-service',
    AUDITORIUM_OIDC_CLIENT_SECRET: 'test-secret',
    AUDITORIUM_DIRECTORY_URL: 'http://127.0.0.1:9',
    AUDITORIUM_LEDGER_BUCKET: await createBucket(),
    AUDITORIUM_S3_ENDPOINT: s3Endpoint,
    AUDITORIUM_STS_ENDPOINT: stsEndpoint,
    AUDITORIUM_S3_PATH_STYLE: 'true',
    AUDITORIUM_SEAL_INTERVAL_MS: '100',
    AUDITORIUM_PLATFORM_PRINCIPAL_ARN: 'arn:aws:iam::111122223333:user/auditorium',
    ...env,
  });
  const requirements = topicRequirements(topics, { replication: 1, partitions: PARTITIONS });
  await ensureTopics({ brokers, requirements, create: true });
  const producer = createProducer({ brokers, clientId: 'test' });
  const delivery = await openDelivery(settings, silent);
  const sealer = createSealer(delivery);
  const courier = startCourier(delivery);
  const destinations = openDestinations(delivery);
  const running = await bootstrap({
    module: AppModule.over(delivery, destinations.api),
    settings,
    log: silent,
    service: 'delivery',
    readiness: () => ({
      directory: () => delivery.directory.caughtUp,
      sealer: async () => sealer.ready(),
    }),
    drain: async () => void (await Promise.all([sealer.close(), courier.close(), destinations.close()])),
  });
  running.app.connectMicroservice({ strategy: sealer.transport });
  await running.app.startAllMicroservices();
  const call = (method: string, path: string, subject: string, body?: unknown) =>
    fetch(new URL(path, running.url), {
      method,
      headers: { authorization: `Bearer ${issuer.tokenFor(subject)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const get = (path: string, subject: string) => call('GET', path, subject);
  const publish = (topic: string, org: string, key: string, record: object) =>
    producer.send(topic, partitionOf(org, PARTITIONS), [{ key, value: Buffer.from(JSON.stringify(record)) }]);
  return {
    delivery,
    sealer,
    topics,
    producer,
    call,
    get,
    publish,
    url: running.url,
    stop: async () => {
      await running.stop();
      await producer.close();
      await issuer.close();
    },
  };
}

/** Writes `count` raw records of an org and, for the first `judged` of them, their verdicts. Raw offsets from `from`. */
export async function writeEvents(
  { producer, topics }: Pick<Awaited<ReturnType<typeof startService>>, 'producer' | 'topics'>,
  org: string,
  { from, count, judged = count }: { from: number; count: number; judged?: number },
): Promise<void> {
  const partition = partitionOf(org, PARTITIONS);
  const value = (raw: number): Buffer => Buffer.from(`{"raw":${raw}}`);
  const raws = Array.from({ length: count }, (_, index) => from + index);
  await producer.send(
    topics.raw,
    partition,
    raws.map((raw) => ({ key: org, value: value(raw) })),
  );
  if (judged === 0) return;
  const verdicts = raws.slice(0, judged).map((rawOffset) => ({
    key: org,
    value: value(rawOffset),
    headers: encodeEnrichedHeaders({ verdict: 'accepted', rawOffset, rawFrom: rawOffset, digest: '00' }),
  }));
  await producer.send(topics.enriched, partition, verdicts);
}

import { join } from 'node:path';
import { type Credentials, seedPlatformUser } from './aws-accounts.ts';
import { startKafka } from './kafka.ts';
import { startMinistack } from './ministack.ts';
import { freePorts } from './ports.ts';
import { startPostgres } from './postgres.ts';

/** What a test needs to know of its servers. */
export interface TestServers {
  kafkaBrokers: string[];
  /** For the superuser. */
  databaseUrl: string;
  s3Endpoint: string;
  stsEndpoint: string;
  /** Who our services are in the stand-in for AWS: may write the platform's buckets and assume roles. */
  platformCredentials: Credentials;
}

/** Starts servers for tests: free ports, empty data, and nothing written for the sake of a power cut. */
export async function startTestServers(
  dataDir: string,
  say?: (line: string) => void,
): Promise<TestServers & { stop(): Promise<void> }> {
  const [kafkaPort = 0, postgresPort = 0, s3Port = 0] = await freePorts(3);
  const common = { fresh: true, ...(say ? { say } : {}) };
  const [kafka, postgres, aws] = await allOrNone([
    startKafka({ dataDir: join(dataDir, 'kafka'), ports: [kafkaPort], ...common }),
    startPostgres({ dataDir: join(dataDir, 'postgres'), port: postgresPort, durable: false, ...common }),
    startMinistack({ dataDir: join(dataDir, 'aws'), port: s3Port, ...common }),
  ]);
  return {
    kafkaBrokers: kafka.addresses,
    databaseUrl: postgres.databaseUrl,
    s3Endpoint: aws.endpoint,
    stsEndpoint: aws.endpoint,
    platformCredentials: await seedPlatformUser(aws.endpoint),
    stop: async () => void (await Promise.all([kafka.stop(), postgres.stop(), aws.stop()])),
  };
}

/** Awaits all starts; if one fails the others are stopped, so that a failed start leaves nothing running. */
export async function allOrNone<T extends { stop(): Promise<void> }[]>(starts: {
  [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const settled = await Promise.allSettled(starts);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed === undefined)
    return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value) as T;
  for (const each of settled) if (each.status === 'fulfilled') await (each.value as T[number]).stop();
  throw failed.reason;
}

import { join } from 'node:path';
import {
  type Credentials,
  makeBucket,
  PLATFORM_ACCOUNT,
  PLATFORM_BUCKETS,
  seedPlatformUser,
} from './aws-accounts.ts';
import { SERVER_FOLDERS } from './folders.ts';
import { type IdentityProvider, startIdentityProvider } from './identity.ts';
import { startKafka } from './kafka.ts';
import type { LocalPorts } from './local-ports.ts';
import { startMinistack } from './ministack.ts';
import { startPostgres } from './postgres.ts';
import { allOrNone } from './test-servers.ts';

/** The bucket of the platform's account that holds the ledger. */
export const LEDGER_BUCKET = `${PLATFORM_BUCKETS}ledger`;

/** What a local system stands on, running. */
export interface LocalServers {
  kafkaBrokers: string[];
  databaseUrl: string;
  s3Endpoint: string;
  identity: IdentityProvider;
  /** Our services' key in the stand-in for AWS; a new one at each start. */
  platform: Credentials;
  stop(): Promise<void>;
}

/** Brings up all servers, each on the data it left (`fresh`: on none), and the platform's account in AWS. */
export async function startLocalServers(o: {
  dataDir: string;
  ports: LocalPorts;
  fresh: boolean;
  say: (line: string) => void;
  /** Where Kafka tells its clients to come, if a proxy of the caller's stands in front of it. */
  kafkaAdvertisedPort?: number;
}): Promise<LocalServers> {
  const { fresh, say, ports } = o;
  const advertisedPorts = [o.kafkaAdvertisedPort ?? ports.kafka];
  const folder = (name: keyof typeof SERVER_FOLDERS): string => join(o.dataDir, SERVER_FOLDERS[name]);
  const told = async <T>(name: string, start: Promise<T>): Promise<T> => {
    const started = await start;
    say(`${name} is up`);
    return started;
  };
  const [kafka, postgres, aws, identity] = await allOrNone([
    told(
      'Kafka',
      startKafka({ dataDir: folder('kafka'), ports: [ports.kafka], advertisedPorts, fresh, say }),
    ),
    told('PostgreSQL', startPostgres({ dataDir: folder('postgres'), port: ports.postgres, fresh, say })),
    told('the stand-in for AWS', startMinistack({ dataDir: folder('aws'), port: ports.s3, fresh, say })),
    told(
      'the identity provider',
      startIdentityProvider({ dataDir: folder('identity'), port: ports.issuer, fresh }),
    ),
  ]);
  const platform = await seedPlatformUser(aws.endpoint);
  await makeBucket(aws.endpoint, PLATFORM_ACCOUNT, LEDGER_BUCKET);
  return {
    kafkaBrokers: kafka.addresses,
    databaseUrl: postgres.databaseUrl,
    s3Endpoint: aws.endpoint,
    identity,
    platform,
    stop: async () => void (await Promise.all([identity.stop(), kafka.stop(), aws.stop(), postgres.stop()])),
  };
}

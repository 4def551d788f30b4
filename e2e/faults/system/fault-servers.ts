import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  allOrNone,
  type AwsStandIn,
  type ClientSecret,
  type Credentials,
  freePorts,
  type IdentityProvider,
  type KafkaCluster,
  LEDGER_BUCKET,
  makeBucket,
  PLATFORM_ACCOUNT,
  type PostgresServer,
  seedPlatformUser,
  startIdentityProvider,
  startKafka,
  startMinistack,
  startPostgres,
} from '@auditorium/local';
import pg from 'pg';

/** What the services stand on: each can be killed and started again. */
export interface FaultServers {
  readonly kafka: KafkaCluster;
  readonly postgres: PostgresServer;
  readonly aws: AwsStandIn;
  readonly identity: IdentityProvider;
  /** Our services' key in the stand-in for AWS. */
  readonly platform: Credentials;
  /** The CLI's client, an operator. */
  readonly operator: ClientSecret;
  /** The product's own database, on the same server. */
  readonly productUrl: string;
  stop(): Promise<void>;
}

const BROKERS = 3;

/** Three brokers, PostgreSQL that loses no commit, S3 with users that outlive a kill, an identity provider; all empty. */
export async function startFaultServers(dataDir: string): Promise<FaultServers> {
  mkdirSync(dataDir, { recursive: true });
  const [postgresPort = 0, awsPort = 0, issuerPort = 0, ...kafkaPorts] = await freePorts(3 + BROKERS);
  const [kafka, postgres, aws, identity] = await allOrNone([
    startKafka({ dataDir: join(dataDir, 'kafka'), ports: kafkaPorts, fresh: true }),
    startPostgres({ dataDir: join(dataDir, 'postgres'), port: postgresPort, fresh: true }),
    startMinistack({ dataDir: join(dataDir, 'aws'), port: awsPort, fresh: true, keepState: true }),
    startIdentityProvider({ dataDir: join(dataDir, 'identity'), port: issuerPort, fresh: true }),
  ]);
  const platform = await seedPlatformUser(aws.endpoint);
  await makeBucket(aws.endpoint, PLATFORM_ACCOUNT, LEDGER_BUCKET);
  return {
    kafka,
    postgres,
    aws,
    identity,
    platform,
    operator: identity.cli,
    productUrl: await createProductDatabase(postgres.databaseUrl),
    stop: async () => void (await Promise.all([identity.stop(), kafka.stop(), aws.stop(), postgres.stop()])),
  };
}

async function createProductDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('CREATE DATABASE product');
  await client.end();
  const url = new URL(databaseUrl);
  url.pathname = '/product';
  return url.href;
}

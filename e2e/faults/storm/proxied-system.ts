import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeLocal,
  discard,
  freePort,
  freePorts,
  type LocalPorts,
  type LocalServers,
  type LocalSystem,
  repositoryFolder,
  startLocalServers,
  startSystem,
  stopFolders,
  type SystemOptions,
} from '@auditorium/local';
import {
  createS3FaultProxy,
  type KafkaProxy,
  type PostgresProxy,
  type S3FaultProxy,
  startKafkaProxy,
  startPostgresProxy,
} from '@auditorium/testing';
import type { Running } from '../../src/index.ts';

/** The real system, built, each of its servers behind a proxy; and the servers themselves, for whoever looks at what is true. */
export interface ProxiedSystem {
  readonly kafka: KafkaProxy;
  readonly postgres: PostgresProxy;
  readonly s3: S3FaultProxy;
  readonly services: LocalSystem['services'];
  readonly ports: LocalPorts;
  /** Past the proxies. */
  readonly truth: Running & { readonly servers: LocalServers };
  stop(): Promise<void>;
}

const NAMES = [
  'console',
  'directory',
  'query',
  'delivery',
  'enrichment',
  'issuer',
  'demoProduct',
  'kafka',
  'postgres',
  's3',
] as const satisfies readonly (keyof LocalPorts)[];

/** @param name of its folder below `.auditorium` */
export async function startProxiedSystem(
  name: string,
  say: (line: string) => void,
  options: Pick<SystemOptions, 'environment'> = {},
): Promise<ProxiedSystem> {
  const dataDir = join(repositoryFolder, '.auditorium', `${name}-${process.pid}`);
  // Beside the services' folders: a system that starts ends whatever runs in its own.
  const serversDir = join(dataDir, 'servers');
  mkdirSync(serversDir, { recursive: true });
  const free = await freePorts(NAMES.length);
  const ports = Object.fromEntries(NAMES.map((each, index) => [each, free[index]])) as unknown as LocalPorts;
  const advertised = await freePort();
  // A run that is broken off leaves nothing behind.
  const sweep = async (): Promise<void> => {
    await stopFolders(dataDir);
    await stopFolders(serversDir);
  };
  const broken = (): void => void sweep().then(() => process.exit(130));
  process.once('SIGINT', broken).once('SIGTERM', broken);
  try {
    const servers = await startLocalServers({
      dataDir: serversDir,
      ports,
      fresh: true,
      say,
      kafkaAdvertisedPort: advertised,
    });
    return await bringUp({ dataDir, serversDir, ports, servers, advertised, say, ...options });
  } catch (error) {
    await sweep();
    throw error;
  }
}

async function bringUp(given: {
  dataDir: string;
  serversDir: string;
  ports: LocalPorts;
  servers: LocalServers;
  advertised: number;
  say: (line: string) => void;
  environment?: NonNullable<SystemOptions['environment']>;
}): Promise<ProxiedSystem> {
  const { dataDir, serversDir, ports, servers, advertised, say, environment = {} } = given;
  const [kafka, postgres, s3] = await Promise.all([
    startKafkaProxy(`127.0.0.1:${ports.kafka}`, advertised),
    startPostgresProxy(servers.databaseUrl),
    createS3FaultProxy(servers.s3Endpoint, { remember: false }),
  ]);
  const kafkaBrokers = [kafka.address];
  const behind = { ...servers, kafkaBrokers, databaseUrl: postgres.url, s3Endpoint: s3.endpoint };
  const system = await startSystem({
    dataDir,
    ports,
    servers: Promise.resolve(behind),
    demoProduct: false,
    environment,
    say,
  });
  const local = { ...describeLocal(servers, ports), kafkaBrokers };
  return {
    kafka,
    postgres,
    s3,
    services: system.services,
    ports,
    truth: { dataDir, home: dataDir, local, servers },
    stop: async () => {
      await system.stop();
      await Promise.all([kafka.close(), postgres.close(), s3.close()]);
      if (process.env['KEEP_E2E_DATA'] !== undefined) return;
      discard(serversDir);
      discard(dataDir);
    },
  };
}

import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment } from './environment.ts';
import { fetchKafka } from './fetch-tools.ts';
import { CLUSTER_ID, type KafkaNode, kafkaSettings } from './kafka-settings.ts';
import { assetFolder } from './paths.ts';
import { freePorts } from './ports.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const run = promisify(execFile);
const HEAP = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** One node, which a test may kill and start again on its data. */
export interface KafkaServer {
  address: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A running cluster of one node or three. */
export interface KafkaCluster {
  /** `host:port` of each node. */
  addresses: string[];
  nodes: KafkaServer[];
  stop(): Promise<void>;
}

/** Where the cluster lies and listens: one port for each node, so one port or three. */
export interface KafkaOptions {
  dataDir: string;
  ports: readonly number[];
  /**
   * Where clients are told to come instead, one for each of `ports`: a proxy that the caller starts. The nodes themselves meet
   * there too.
   */
  advertisedPorts?: readonly number[];
  /** Begins with empty data. */
  fresh?: boolean;
  say?: (line: string) => void;
}

/** Starts Kafka 4.3 on its data, formatting the folder when it is empty. Ready when every node takes requests. */
export async function startKafka({
  dataDir,
  ports,
  advertisedPorts = ports,
  fresh,
  say,
}: KafkaOptions): Promise<KafkaCluster> {
  const classPath = await fetchKafka(say);
  const controllerPorts = await freePorts(ports.length);
  const cluster = ports.map((port, index) => ({
    id: index + 1,
    port,
    advertisedPort: advertisedPorts[index] ?? port,
    controllerPort: controllerPorts[index] ?? 0,
    dataDir: ports.length === 1 ? dataDir : join(dataDir, String(index + 1)),
  }));
  const nodes = await Promise.all(cluster.map((node) => startNode(node, cluster, classPath, fresh)));
  return {
    addresses: nodes.map((node) => node.address),
    nodes,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function startNode(node: KafkaNode, cluster: KafkaNode[], classPath: string, fresh = false) {
  const settings = join(node.dataDir, 'server.properties');
  const prepare = async (): Promise<void> => {
    writeFileSync(settings, kafkaSettings(node, cluster));
    if (!existsSync(join(node.dataDir, 'data/meta.properties'))) await format(classPath, settings);
  };
  const launch = (): Promise<ServerProcess> =>
    startServer({ ...brokerCommand(node, classPath, settings), prepare });
  const data = join(node.dataDir, 'data');
  let server = await startServer({
    ...brokerCommand(node, classPath, settings),
    prepare: () => {
      if (fresh) rmSync(data, { recursive: true, force: true });
      return prepare();
    },
  });
  return {
    address: `127.0.0.1:${node.port}`,
    kill: () => server.kill(),
    restart: async () => void (server = await launch()),
    stop: () => server.stop(),
  };
}

/** Writes the cluster's identity into an empty data folder; leaves one that has it alone. */
async function format(classPath: string, settings: string): Promise<void> {
  const tool = [
    'kafka.tools.StorageTool',
    'format',
    '--ignore-formatted',
    `--cluster-id=${CLUSTER_ID}`,
    '-c',
    settings,
  ];
  await run('java', [...HEAP, ...jvm(classPath), ...tool], { env: cleanEnvironment() });
}

const jvm = (classPath: string): string[] => [
  `-Dlog4j2.configurationFile=${join(assetFolder('kafka'), 'log4j2.xml')}`,
  '-cp',
  classPath,
];

function brokerCommand(node: KafkaNode, classPath: string, settings: string) {
  return {
    name: 'Kafka',
    dataDir: node.dataDir,
    port: node.port,
    command: 'java',
    args: [...HEAP, ...jvm(classPath), 'kafka.Kafka', settings],
    ready: (log: () => string) => log().includes('Kafka Server started'),
  };
}

import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  LEDGER_BUCKET,
  type LocalPorts,
  nodeBinary,
  type RunningService,
  type ServerCommand,
  serviceCommand,
  serviceEnvironment,
  superviseService,
} from '@auditorium/local';
import type { CrashControl } from '../crash/crash-control.ts';
import { type MomentProxy, startMomentProxy } from '../crash/moment-proxy.ts';
import { SERVICES, type ServiceName } from '../points.ts';
import type { FaultServers } from './fault-servers.ts';

/** One process of a service, started again whenever it ends. */
export interface Instance {
  /** `delivery-2`. */
  readonly name: string;
  readonly service: ServiceName;
  readonly url: string;
  /** Its way to S3, if it has one of its own. */
  readonly proxy: MomentProxy | undefined;
  /** Sends a signal to its process as it is at this moment. False: there is none. */
  signal(signal: NodeJS.Signals): boolean;
  /** Whether it says that it is ready. */
  isReady(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface InstanceOptions {
  readonly dataDir: string;
  readonly servers: FaultServers;
  readonly control: CrashControl;
  /** The first instance of each service, by which others reach it. */
  readonly ports: LocalPorts;
  readonly say: (line: string) => void;
}

/** A port for the first instance of each service; the rest of the names is not used here. */
export async function choosePorts(): Promise<LocalPorts> {
  const names = ['console', 'directory', 'query', 'delivery', 'enrichment', 'demoProduct'] as const;
  const free: Record<string, number> = { issuer: 0, kafka: 0, postgres: 0, s3: 0 };
  for (const name of names) free[name] = await freePort();
  return free as unknown as LocalPorts;
}

/** Starts all instances of a service at once. */
export function startInstances(service: ServiceName, options: InstanceOptions): Promise<Instance[]> {
  const numbers = Array.from({ length: SERVICES[service] }, (_none, index) => index + 1);
  return Promise.all(numbers.map((number) => startInstance(service, number, options)));
}

async function startInstance(
  service: ServiceName,
  number: number,
  options: InstanceOptions,
): Promise<Instance> {
  const name = `${service}-${number}`;
  const folder = join(options.dataDir, name);
  mkdirSync(folder, { recursive: true });
  const signal = (wanted: NodeJS.Signals): boolean => signalled(join(folder, 'pid'), wanted);
  const endpoint = options.servers.aws.endpoint;
  const proxy =
    service === 'delivery'
      ? await startMomentProxy(name, endpoint, LEDGER_BUCKET, () => void signal('SIGKILL'))
      : undefined;
  const own = service === 'product' ? undefined : options.ports[service];
  const port = number === 1 && own !== undefined ? own : await freePort();
  const place = { ...options, name, folder, port, s3: proxy?.endpoint ?? endpoint };
  const command = { ...commandOf(service, place), prepare: keepingLogs(folder) };
  const running: RunningService = await superviseService(name, command, options.say);
  return {
    name,
    service,
    url: running.url,
    proxy,
    signal,
    isReady: async () => (await command.ready(() => '')) === true,
    stop: async () => {
      await running.stop();
      await proxy?.close();
    },
  };
}

/** Every life of a process leaves its log: `log.1`, `log.2`, … */
function keepingLogs(folder: string): () => Promise<void> {
  let lives = 0;
  return async () => {
    const log = join(folder, 'log');
    if (existsSync(log)) renameSync(log, `${log}.${(lives += 1)}`);
  };
}

function signalled(pidFile: string, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), signal);
  } catch {
    return false;
  }
}

interface Place extends InstanceOptions {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly s3: string;
}

function commandOf(service: ServiceName, place: Place): ServerCommand {
  const { name, folder, port, control } = place;
  const { env, preload } = control.settingsOf(name);
  if (service === 'product') return productCommand(place, env, preload);
  const settings = { ...settingsOf(service, place), ...env };
  return { ...serviceCommand(service, folder, port, settings, [preload]), name };
}

/** The settings of `npm start`, with what is another instance's own, and a pace at which much happens in a minute. */
function settingsOf(service: Exclude<ServiceName, 'product'>, place: Place): Record<string, string> {
  const { servers, ports, port, s3, folder } = place;
  const stands = {
    kafkaBrokers: servers.kafka.addresses,
    databaseUrl: servers.postgres.databaseUrl,
    s3Endpoint: s3,
    identity: servers.identity,
    platform: servers.platform,
  };
  const own =
    service === 'delivery'
      ? {
          AUDITORIUM_DEFAULT_WINDOW_S: '3',
          AUDITORIUM_REAP_INTERVAL_MS: '5000',
          AUDITORIUM_CACHE_DIR: join(folder, 'cache'),
        }
      : {};
  return { ...serviceEnvironment(service, stands, ports), AUDITORIUM_PORT: String(port), ...own };
}

function productCommand(
  { name, folder, port, servers }: Place,
  env: Record<string, string>,
  preload: string,
): ServerCommand {
  const program = fileURLToPath(new URL('../stream/product-process.ts', import.meta.url));
  const settings = {
    name,
    port,
    databaseUrl: servers.productUrl,
    brokers: servers.kafka.addresses,
    acknowledged: join(folder, 'acknowledged.ndjson'),
    stopFile: join(folder, '..', 'stop'),
  };
  return {
    name,
    dataDir: folder,
    port,
    command: nodeBinary(),
    args: [
      '--conditions=@auditorium/source',
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=TimeoutNegativeWarning',
      '--import',
      preload,
      program,
      JSON.stringify(settings),
    ],
    env,
    ready: async () =>
      (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined))
        ?.ok ?? false,
    stopPatienceMs: 15_000,
  };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, apiOf, signIn } from './api.ts';
import { seedMemory } from './seed-memory.ts';
import { seedCustomerRoles, seedDestinations, seedOrganisations } from './seed.ts';
import { LOCAL_SERVICES, type ServiceName } from './folders.ts';
import type { LocalPorts } from './local-ports.ts';
import { type LocalServers, startLocalServers } from './local-servers.ts';
import type { Say } from './progress.ts';
import { serviceEnvironment } from './service-environment.ts';
import { stopFolders } from './stop-folders.ts';
import { type RunningService, serviceCommand, superviseService } from './services.ts';

/** How to start a whole system. */
export interface SystemOptions {
  /** Everything of this system lies here: data, logs, pids. */
  dataDir: string;
  ports: LocalPorts;
  /** Servers that run already, instead of starting them. */
  servers?: Promise<LocalServers>;
  /** Begins with empty data. */
  fresh?: boolean;
  /** What must be over before services start, beside the servers: the build. */
  built?: Promise<void>;
  /** Without it nothing emits but who you start. */
  demoProduct?: boolean;
  /** What a service is told beside the usual. */
  environment?: Partial<Record<ServiceName, Record<string, string>>>;
  say?: Say;
  /** Aborted: nothing new is started. What runs already is for `stopFolders` to end. */
  signal?: AbortSignal;
}

/** A whole system, running. */
export interface LocalSystem {
  servers: LocalServers;
  ports: LocalPorts;
  services: Map<ServiceName, RunningService>;
  stop(): Promise<void>;
}

/**
 * Servers, our account in AWS, services, the demo's organisations and buckets, the demo product: ready when it resolves.
 * When a part fails, what had started is stopped.
 */
export async function startSystem(options: SystemOptions): Promise<LocalSystem> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  try {
    return await bringUp(options, options.say ?? (() => undefined), signal);
  } catch (error) {
    failed.abort(error);
    await stopFolders(options.dataDir);
    throw error;
  }
}

async function bringUp(options: SystemOptions, say: Say, signal: AbortSignal): Promise<LocalSystem> {
  const { dataDir, ports, fresh = false } = options;
  mkdirSync(dataDir, { recursive: true });
  // What an earlier start left running goes first and in order: services must not see their servers change under them.
  await stopFolders(dataDir);
  const services = new Map<ServiceName, RunningService>();
  const [servers] = await Promise.all([
    options.servers ?? startLocalServers({ dataDir, ports, fresh, say }),
    options.built,
  ]);
  const start = async (name: ServiceName): Promise<void> => {
    signal.throwIfAborted();
    const env = { ...serviceEnvironment(name, servers, ports), ...options.environment?.[name] };
    const command = serviceCommand(name, join(dataDir, name), ports[name], env);
    services.set(name, await superviseService(name, command, say, signal));
    say(`${name} is ready`);
  };
  const memory = seedMemory(dataDir, fresh);
  // Delivery must not meet roles that the stand-in has forgotten: they come before it.
  await seedCustomerRoles(servers.s3Endpoint, memory);
  await Promise.all((['directory', 'enrichment', 'delivery', 'query', 'console'] as const).map(start));
  const token = await signIn(servers.identity.issuer, servers.identity.cli);
  const apiAt = (port: number): Api => apiOf(`http://127.0.0.1:${port}`, token);
  await seedOrganisations(apiAt(ports.directory), memory, say);
  await seedDestinations(apiAt(ports.delivery), memory, servers.s3Endpoint, say);
  if (options.demoProduct !== false) await start('demoProduct');
  return { servers, ports, services, stop: () => stopSystem(servers, services) };
}

async function stopSystem(servers: LocalServers, services: Map<ServiceName, RunningService>): Promise<void> {
  for (const group of LOCAL_SERVICES)
    await Promise.all(group.map(async (name) => services.get(name)?.stop()));
  await servers.stop();
}

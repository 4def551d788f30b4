import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from './folders.ts';
import { answers } from './ministack.ts';
import { nodeBinary, repositoryFolder } from './paths.ts';
import { sentenceOf } from './setup-error.ts';
import { type ServerCommand, type ServerProcess, startServer } from './server-process.ts';

const PACKAGES: Record<ServiceName, string> = {
  directory: 'services/directory',
  enrichment: 'services/enrichment',
  delivery: 'services/delivery',
  query: 'services/query',
  console: 'services/console',
  demoProduct: 'examples/demo-product',
};

/** A service drains for at most 25 s after SIGTERM; then it may be killed. */
export const DRAIN_MS = 30_000;
const AGAIN_AFTER_MS = 500;
/**
 * How every service runs, here and in a cluster. Node sizes its heap by the machine and would let garbage of a backlog grow
 * past the 512 MB that a worker may take; source maps make a stack readable; the warnings concern no reader of a log.
 */
const NODE_OPTIONS = [
  '--max-old-space-size=320',
  '--max-semi-space-size=8',
  '--enable-source-maps',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
];

/**
 * Without them glibc keeps what threads and compressed batches gave back, up to a fifth of a worker's memory. Other
 * allocators take no notice.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** A service that is started again whenever it ends by itself or is killed. */
export interface RunningService {
  name: string;
  url: string;
  /** Its process now. */
  pid(): number;
  /** Kills it as a power cut would. It comes back by itself. */
  kill(): Promise<void>;
  /** Stops it in good order, for good. */
  stop(): Promise<void>;
}

/**
 * How to run a built service, in a folder for its log and pid. A second instance has a folder and a port of its own.
 *
 * @param preload modules loaded before the service
 */
export function serviceCommand(
  name: ServiceName,
  dataDir: string,
  port: number,
  env: Record<string, string>,
  preload: readonly string[] = [],
): ServerCommand {
  const folder = join(repositoryFolder, PACKAGES[name]);
  const register = join(repositoryFolder, 'libs/telemetry/dist/register.js');
  return {
    name: PACKAGES[name],
    dataDir,
    port,
    command: nodeBinary(),
    args: [
      ...NODE_OPTIONS,
      ...[...(existsSync(register) ? [register] : []), ...preload].flatMap((file) => ['--import', file]),
      join(folder, 'dist/main.js'),
    ],
    env: { ...ALLOCATOR, ...env },
    ready: () => answers(`http://127.0.0.1:${port}/readyz`),
    stopPatienceMs: DRAIN_MS,
  };
}

/**
 * Starts a service, resolves when it is ready, and starts it again when it ends, until `signal` is aborted: then whoever
 * aborted ends it.
 */
export async function superviseService(
  name: string,
  command: ServerCommand,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<RunningService> {
  let server: ServerProcess = await startServer(command);
  let stopping = false;
  const over = (): boolean => stopping || (signal?.aborted ?? false);
  const watch = async (): Promise<void> => {
    for (;;) {
      await server.ended;
      if (over()) return;
      say(`${command.name} ended; it is started again (log: ${server.logFile})`);
      await sleep(AGAIN_AFTER_MS);
      if (over()) return;
      const again = await startServer(command).catch((error: unknown) => say(sentenceOf(error)));
      if (again) server = again;
      // Whoever stopped it meanwhile stopped the one before.
      if (over()) return server.stop();
    }
  };
  const watching = watch();
  return {
    name,
    url: `http://127.0.0.1:${command.port}`,
    pid: () => server.pid,
    kill: () => server.kill(),
    stop: async () => {
      stopping = true;
      await server.stop();
      await watching;
    },
  };
}

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment } from './environment.ts';
import { startOf } from './live-process.ts';
import { nodeBinary, ownProgram, stateFolder } from './paths.ts';
import { setupError } from './setup-error.ts';
import type { TestServers } from './test-servers.ts';

/** The files by which tests find a pool of servers that another test run left alive. */
export const pool = {
  description: join(stateFolder, 'test-servers.json'),
  lock: join(stateFolder, 'test-servers.lock'),
  /** Its modification time is the last moment anybody used the pool. */
  used: join(stateFolder, 'test-servers.used'),
  dataDir: join(stateFolder, 'test-pool'),
};

/** The pool's keeper, in the words of `startOf`. */
export interface PoolDescription extends TestServers {
  keeper: { pid: number; started: string };
}

const HEARTBEAT_MS = 30_000;
const PATIENCE_MS = 300_000;

/** The pool's servers, started by a keeper process if nobody has; they stay for others and end after idle time. */
export async function joinTestPool(): Promise<TestServers> {
  touchPool();
  setInterval(touchPool, HEARTBEAT_MS).unref();
  const until = Date.now() + PATIENCE_MS;
  for (let keeper: ReturnType<typeof spawn> | undefined; ; await sleep(100)) {
    const description = readPool();
    if (description) return description;
    if (Date.now() > until)
      throw setupError(`The test servers did not start; see ${join(pool.dataDir, 'keeper.log')}.`);
    if (keeper?.exitCode)
      throw setupError(
        `The test servers did not start: ${readFileSync(join(pool.dataDir, 'keeper.log'), 'utf8').trim()}`,
      );
    if (keeper === undefined || keeper.exitCode === 0) keeper = startKeeper();
  }
}

/** Tells the keeper that somebody still uses the pool. */
function touchPool(): void {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(pool.used, '');
  utimesSync(pool.used, new Date(), new Date());
}

function readPool(): PoolDescription | undefined {
  try {
    const description = JSON.parse(readFileSync(pool.description, 'utf8')) as PoolDescription;
    return startOf(description.keeper.pid) === description.keeper.started ? description : undefined;
  } catch {
    return undefined;
  }
}

function startKeeper(): ReturnType<typeof spawn> {
  mkdirSync(pool.dataDir, { recursive: true });
  const log = openSync(join(pool.dataDir, 'keeper.log'), 'w');
  const keeper = spawn(nodeBinary(), ownProgram('keep-test-pool'), {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: cleanEnvironment(registrySettings()),
  });
  keeper.unref();
  closeSync(log);
  return keeper;
}

const registrySettings = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PIP_|MAVEN_|https?_proxy$)/i.test(name)),
  ) as Record<string, string>;

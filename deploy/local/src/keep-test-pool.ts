import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from './folder-lock.ts';
import { startOf } from './live-process.ts';
import { sentenceOf } from './setup-error.ts';
import { pool, type PoolDescription } from './test-pool.ts';
import { startTestServers } from './test-servers.ts';

const IDLE_MS = 10 * 60_000;
const LOOK_MS = 5_000;

/** Also when the folder was removed under us: nobody can find this pool any more. */
const isIdle = (): boolean =>
  Date.now() - (statSync(pool.used, { throwIfNoEntry: false })?.mtimeMs ?? 0) > IDLE_MS;

function announce(description: PoolDescription): void {
  writeFileSync(`${pool.description}.new`, JSON.stringify(description, undefined, 2));
  renameSync(`${pool.description}.new`, pool.description);
}

/**
 * Returns when nobody has used the pool for the idle time. The description goes first and idleness is asked once
 * more: a test touches before it reads, so whoever read it in time is seen.
 */
async function untilIdle(description: PoolDescription, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await sleep(LOOK_MS, undefined, { signal: stopped }).catch(() => undefined);
    if (!isIdle()) continue;
    rmSync(pool.description, { force: true });
    if (isIdle()) return;
    announce(description);
  }
}

async function keep(): Promise<void> {
  const lock = tryLock(pool.lock);
  if ('heldBy' in lock) return;
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  try {
    const { stop, ...servers } = await startTestServers(pool.dataDir, console.log);
    const description = { ...servers, keeper: { pid: process.pid, started: startOf(process.pid) ?? '' } };
    announce(description);
    await untilIdle(description, stopping.signal);
    rmSync(pool.description, { force: true });
    await stop();
  } finally {
    lock.release();
  }
}

try {
  await keep();
} catch (error) {
  console.error(sentenceOf(error));
  process.exitCode = 1;
}

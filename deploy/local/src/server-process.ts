import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment } from './environment.ts';
import { type FolderLock, tryLock } from './folder-lock.ts';
import { carriesMark, endProcess, isAlive, MARK } from './live-process.ts';
import { requireFreePort } from './ports.ts';
import { setupError } from './setup-error.ts';

/** What to run, in which folder, and how to know that it is ready. */
export interface ServerCommand {
  /** As a person calls it, for messages. */
  name: string;
  /** The server's own folder: its lock, pid, log and data. */
  dataDir: string;
  command: string;
  args: readonly string[];
  /** What it listens on; a taken port is told before anything starts. */
  port: number;
  /** Done with the folder locked and nothing running in it: formatting, settings. */
  prepare?: () => Promise<void>;
  env?: Record<string, string>;
  user?: { uid: number; gid: number } | undefined;
  /** Resolves to true once the server answers. Asked every 50 ms. */
  ready: (log: () => string) => Promise<boolean> | boolean;
  /** Milliseconds until it counts as failed. */
  patienceMs?: number;
  /** The signal by which it stops quickly and in good order. */
  stopSignal?: NodeJS.Signals;
  /** Milliseconds it may take to stop before it is killed. */
  stopPatienceMs?: number;
}

/** A running server. */
export interface ServerProcess {
  pid: number;
  logFile: string;
  /** Resolves when the process has ended, by whatever cause; its folder is free then. */
  ended: Promise<void>;
  /** Ends the server in good order. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/**
 * Starts a server in its own folder. The lock is held for as long as the server lives: a second broker on live data
 * corrupts it before it notices. A server whose parent was killed is found by its pid file and mark, and ended first.
 */
export async function startServer(server: ServerCommand): Promise<ServerProcess> {
  const lock = holdFolder(server);
  try {
    await endLeftover(server.dataDir, server.stopSignal);
    await requireFreePort(server.port, server.name);
    await server.prepare?.();
    return await launch(server, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function holdFolder({ name, dataDir }: ServerCommand): FolderLock {
  const lock = tryLock(join(dataDir, 'lock'));
  if ('release' in lock) return lock;
  throw setupError(
    `${name} in ${dataDir} is in use by process ${lock.heldBy}: stop that one first (\`npm stop\`, or Ctrl-C where it runs).`,
  );
}

/** Ends a server that outlived its parent in this folder; does nothing when there is none. */
export async function endLeftover(
  dataDir: string,
  signal: NodeJS.Signals = 'SIGTERM',
  patienceMs = 20_000,
): Promise<boolean> {
  const pidFile = join(dataDir, 'pid');
  if (!existsSync(pidFile)) return false;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const ours = pid > 0 && carriesMark(pid, dataDir);
  if (ours) await endProcess(pid, signal, patienceMs);
  rmSync(pidFile, { force: true });
  return ours;
}

async function launch(server: ServerCommand, lock: FolderLock): Promise<ServerProcess> {
  const logFile = join(server.dataDir, 'log');
  const child = spawnMarked(server, logFile);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => {
    rmSync(join(server.dataDir, 'pid'), { force: true });
    lock.release();
  });
  const { pid } = child;
  if (pid === undefined) throw setupError(`${server.name} cannot be run from ${server.dataDir}.`);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // Its pid may belong to somebody else by now.
    if (child.exitCode !== null || child.signalCode !== null) return ended;
    child.ref();
    await endProcess(pid, signal, server.stopPatienceMs ?? 20_000);
    await ended;
  };
  try {
    await awaitReady(server, pid, logFile);
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
  return { pid, logFile, ended, stop: () => end(server.stopSignal ?? 'SIGTERM'), kill: () => end('SIGKILL') };
}

/**
 * A shell writes the pid before it becomes the server, so that there is no moment in which the server lives and the
 * pid file does not. An own process group keeps the terminal's Ctrl-C away: the parent decides the order of stopping.
 */
function spawnMarked(server: ServerCommand, logFile: string): ReturnType<typeof spawn> {
  mkdirSync(server.dataDir, { recursive: true });
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.before`);
  const log = openSync(logFile, 'w');
  const script = 'printf %s "$$" > "$0" && exec "$@"';
  const pidFile = join(server.dataDir, 'pid');
  const child = spawn('/bin/sh', ['-c', script, pidFile, server.command, ...server.args], {
    cwd: server.dataDir,
    env: cleanEnvironment({ ...server.env, [MARK]: server.dataDir }),
    stdio: ['ignore', log, log],
    detached: true,
    ...server.user,
  });
  child.unref();
  closeSync(log);
  return child;
}

async function awaitReady(server: ServerCommand, pid: number, logFile: string): Promise<void> {
  const until = Date.now() + (server.patienceMs ?? 60_000);
  const log = (): string => readFileSync(logFile, 'utf8');
  while (!(await server.ready(log))) {
    if (!isAlive(pid))
      throw setupError(`${server.name} ended before it was ready; its log ends:\n${tail(logFile)}`);
    if (Date.now() > until)
      throw setupError(`${server.name} is not ready in time; its log ends:\n${tail(logFile)}`);
    await sleep(50);
  }
}

function tail(logFile: string): string {
  if (!existsSync(logFile) || statSync(logFile).size === 0) return '(empty)';
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

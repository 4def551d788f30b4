import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from './environment.ts';
import { endProcess } from './live-process.ts';
import { nodeBinary, repositoryFolder, stateFolder } from './paths.ts';
import { setupError } from './setup-error.ts';

const LOG = join(stateFolder, 'build.log');

/**
 * Builds every package that changed since it was built. One compiler for all projects goes first: it is five times as
 * fast as one for each package, which then find their work done. The output goes to a file; its end is shown on failure.
 */
export async function buildAll(signal?: AbortSignal): Promise<void> {
  mkdirSync(stateFolder, { recursive: true });
  const log = openSync(LOG, 'w');
  try {
    await run(log, 'tsc', ['-b'], signal);
    await run(log, 'nx', ['run-many', '-t', 'build', '--output-style=stream'], signal);
  } finally {
    closeSync(log);
  }
}

async function run(log: number, bin: string, args: string[], signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const folder = join(repositoryFolder, 'node_modules/.bin');
  const path = `${folder}:${process.env['PATH'] ?? ''}`;
  const child = spawn(nodeBinary(), [join(folder, bin), ...args], {
    cwd: repositoryFolder,
    // Without a daemon nothing of the build outlives it.
    env: cleanEnvironment({ PATH: path, NX_DAEMON: 'false', NX_TUI: 'false', CI: 'true', NO_COLOR: '1' }),
    stdio: ['ignore', log, log],
    detached: true,
  });
  const stop = (): void => void (child.pid && endProcess(-child.pid, 'SIGTERM', 2000));
  signal?.addEventListener('abort', stop, { once: true });
  const code = await new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (code !== 0) throw setupError(`The build failed (whole output: ${LOG}):\n${complaints()}`);
}

/** What the compilers complained of; where none did, how the output ends. */
function complaints(): string {
  const lines = readFileSync(LOG, 'utf8').trimEnd().split('\n');
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  return (errors.length > 0 ? errors.slice(0, 15) : lines.slice(-25)).join('\n');
}

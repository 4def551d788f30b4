import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from './environment.ts';
import { endProcess } from './live-process.ts';
import { nodeBinary, repositoryFolder, stateFolder } from './paths.ts';
import { SetupError } from './setup-error.ts';

/** Builds every package that changed since it was built. The output goes to a file; its end is shown on failure. */
export async function buildAll(signal?: AbortSignal): Promise<void> {
  mkdirSync(stateFolder, { recursive: true });
  const logFile = join(stateFolder, 'build.log');
  const log = openSync(logFile, 'w');
  const nx = join(repositoryFolder, 'node_modules/.bin/nx');
  const path = `${join(repositoryFolder, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const child = spawn(nodeBinary(), [nx, 'run-many', '-t', 'build', '--outputStyle=stream'], {
    cwd: repositoryFolder,
    // Without a daemon nothing of the build outlives it.
    env: cleanEnvironment({ PATH: path, NX_DAEMON: 'false', NX_TUI: 'false', CI: 'true' }),
    stdio: ['ignore', log, log],
    detached: true,
  });
  signal?.addEventListener('abort', () => void (child.pid && endProcess(-child.pid, 'SIGTERM', 2000)));
  const code = await new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  if (code === 0) return;
  const said = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-25).join('\n');
  throw new SetupError(`The build failed (whole output: ${logFile}):\n${said}`);
}

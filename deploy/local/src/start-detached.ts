import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { localFile } from './local-description.ts';
import { nodeBinary, ownProgram, stateFolder } from './paths.ts';
import { startLog } from './run-folders.ts';
import { setupError } from './setup-error.ts';

/** Starts the supervisor as a process of its own, shows what it says, and returns once everything is ready. */
export async function startDetached(options: readonly string[]): Promise<void> {
  mkdirSync(stateFolder, { recursive: true });
  rmSync(startLog, { force: true });
  const log = openSync(startLog, 'a');
  const supervisor = spawn(nodeBinary(), [...ownProgram('start'), ...options], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const began = Date.now();
  let shown = 0;
  for (;;) {
    const ended = supervisor.exitCode !== null;
    shown = show(shown);
    if (ended) throw setupError('It could not be started.');
    if (existsSync(localFile) && statSync(localFile).mtimeMs >= began) break;
    await sleep(100);
  }
  await sleep(200);
  show(shown);
  supervisor.unref();
}

function show(from: number): number {
  const text = readFileSync(startLog, 'utf8');
  process.stdout.write(text.slice(from));
  return text.length;
}

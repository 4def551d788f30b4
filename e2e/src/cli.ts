import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { cleanEnvironment, nodeBinary, repositoryFolder } from '@auditorium/local';
import type { Running } from './start-system.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `auditorium …` as a user would, in a folder whose `.auditorium/local.json` names the running system. */
export function runCli(running: Running, ...args: string[]): Promise<CliResult> {
  const program = join(repositoryFolder, 'libs/cli/bin/auditorium.js');
  const child = spawn(nodeBinary(), [program, ...args], { cwd: running.home, env: cleanEnvironment() });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

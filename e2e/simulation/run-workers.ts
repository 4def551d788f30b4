import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SeedReport } from './run-seed.ts';
import type { Task } from './worker.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Runs a task in a process of its own. What it reports is told as it comes; a process that dies is an error. */
export function runWorker(
  task: Task,
  onReports: (reports: readonly SeedReport[], worker: ChildProcess) => void,
): Promise<void> {
  const worker = fork(WORKER, [JSON.stringify(task)], {
    execArgv: ['--conditions=@auditorium/source', '--disable-warning=ExperimentalWarning'],
    serialization: 'json',
  });
  worker.on('message', (reports) => onReports(reports as SeedReport[], worker));
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGTERM') resolve();
      else reject(new Error(`a worker ended with ${signal ?? code}; its task was ${JSON.stringify(task)}`));
    });
  });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@auditorium/local';
import { eventually } from './eventually.ts';
import type { Running } from './start-system.ts';

/**
 * Sends a signal to a service's process, whichever it is now: one that was killed is started again by its supervisor.
 * SIGSTOP and SIGCONT pause it as a frozen machine would.
 */
export async function signalService(
  running: Running,
  service: ServiceName,
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT',
): Promise<void> {
  const file = join(running.dataDir, service, 'pid');
  await eventually(`${service} gets ${signal}`, () => Promise.resolve(sent(file, signal)));
}

function sent(file: string, signal: NodeJS.Signals): true | undefined {
  try {
    process.kill(Number.parseInt(readFileSync(file, 'utf8'), 10), signal);
    return true;
  } catch {
    return undefined;
  }
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The variable by which a server's process is known again after its parent was killed. Not `AUDITORIUM_…`: services
 * refuse such names unless they are settings.
 */
export const MARK = 'LOCAL_SERVER_FOLDER';

/** Alive, and no zombie that only waits for its parent to look. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return pid < 0 || !existsSync('/proc/self/stat') || statFields(pid)[0] !== 'Z';
}

/** The fields of /proc/<pid>/stat from the state on; the name before them may itself hold blanks and brackets. */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return ['Z'];
  }
}

/** When the process started, in the system's own words: with the pid it names a process for good. */
export function startOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  if (existsSync('/proc/self/stat')) return statFields(pid)[19];
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process carries our mark; a pid may long belong to somebody else. */
export function carriesMark(pid: number, mark: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    const environment = existsSync('/proc/self/environ')
      ? readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      : execFileSync('ps', ['eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).split(' ');
    return environment.includes(`${MARK}=${mark}`);
  } catch {
    return false;
  }
}

/**
 * Sends the signal and waits for the end; after `patienceMs` it kills. Resolves when the process is gone. A negative
 * number means the whole process group.
 */
export async function endProcess(pid: number, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  const until = Date.now() + patienceMs;
  send(pid, signal);
  // One that was halted acts on no other signal.
  send(pid, 'SIGCONT');
  while (isAlive(pid) && Date.now() < until) await sleep(20);
  while (isAlive(pid)) {
    send(pid, 'SIGKILL');
    await sleep(20);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already, which is what we wanted
  }
}

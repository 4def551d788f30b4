import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { CommanderError } from 'commander';
import { harmless } from './text-table.ts';

/** Says on stderr what went wrong and what to do, and gives the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // What a server said may hold what strangers sent.
  console.error(`auditorium: ${harmless(sentence(error))}`);
  return isAuditoriumError(error, 'settings-invalid') || isAuditoriumError(error, 'invalid-request') ? 2 : 1;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes = [...reasons(error)].filter((reason, at, all) => all.indexOf(reason) === at);
  return causes.join(': ');
}

/** An error of ours already says what it means; one reason underneath is enough for the person at the terminal. */
function* reasons(error: Error): Generator<string> {
  yield error.message;
  if (error instanceof AuditoriumError && error.cause instanceof Error) yield deepest(error.cause).message;
}

function deepest(error: Error): Error {
  return error.cause instanceof Error ? deepest(error.cause) : error;
}

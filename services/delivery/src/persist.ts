import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, jittered } from '@auditorium/events';

export interface PersistOptions {
  readonly signal: AbortSignal;
  readonly isFinal: (error: unknown) => boolean;
  readonly onRetry: (error: unknown, attempt: number) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Tries until it succeeds, fails for good, or `signal` ends it. Pauses double from 0.1 s to 5 s, less a random part, so
 * that many partitions do not come back at the same moment.
 * @throws AuditoriumError `stopping` when ended; else what was final
 */
export async function persist<T>(
  attempt: (attempt: number) => Promise<T>,
  options: PersistOptions,
): Promise<T> {
  for (let count = 0; ; count += 1) {
    options.signal.throwIfAborted();
    try {
      return await attempt(count);
    } catch (error) {
      if (options.isFinal(error) || options.signal.aborted) throw error;
      options.onRetry(error, count + 1);
      await pause(count, options.signal);
    }
  }
}

async function pause(count: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** count);
  await sleep(jittered(longest, Math.random()), undefined, { signal }).catch((cause: unknown) => {
    throw new AuditoriumError('stopping', 'given up while waiting to try again', { cause, retryable: true });
  });
}

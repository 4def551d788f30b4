import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, jittered } from '@auditorium/events';
import { providerAnswerOf } from '@auditorium/object-store';

export interface PersistOptions {
  readonly signal: AbortSignal;
  readonly isFinal: (error: unknown) => boolean;
  readonly onRetry: (error: unknown, attempt: number) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A store that asks to be left alone for longer than this is asked again all the same: events are waiting. */
const LONGEST_ASKED_MS = 60_000;

/**
 * Tries until it succeeds, fails for good, or `signal` ends it. Pauses double from 0.1 s to 5 s, less a random part, so
 * that many partitions do not come back at the same moment; a store that names a longer one gets it, up to a minute.
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
      await pause(count, error, options.signal);
    }
  }
}

async function pause(count: number, error: unknown, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** count);
  const asked = Math.min(providerAnswerOf(error)?.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  await sleep(Math.max(jittered(longest, Math.random()), asked), undefined, { signal }).catch(
    (cause: unknown) => {
      throw new AuditoriumError('stopping', 'given up while waiting to try again', {
        cause,
        retryable: true,
      });
    },
  );
}

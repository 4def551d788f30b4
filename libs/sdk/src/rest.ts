import { setTimeout as sleep } from 'node:timers/promises';

/** Rests for `ms` milliseconds, and wakes early when the signal is aborted. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

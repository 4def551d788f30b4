import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until `look` answers something, every 250 ms; after `seconds` it fails with what `why` says last. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  seconds = 60,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(250);
  }
}

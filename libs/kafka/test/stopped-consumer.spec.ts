import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Kafkajs waits for its fetchers for some hundred milliseconds; a frozen process would never end. */
const FROZEN_MS = 40_000;

/**
 * In a process of its own, because it is about one in which nothing runs any more: a timer of the child could not end it.
 */
it('a consumer that is stopped while a broker comes does not freeze its process', async () => {
  const program = fileURLToPath(new URL('./stop-while-brokers-change.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@auditorium/source', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const frozen = setTimeout(() => child.kill('SIGKILL'), FROZEN_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(frozen);
  expect({ code, signal }).toEqual({ code: 0, signal: null });
});

import { join } from 'node:path';
import { discard, stateFolder } from '@auditorium/local';
import { afterAll, expect, it } from 'vitest';
import { run } from '../run.ts';
import { summaryText } from '../summary.ts';

const dataDir = join(stateFolder, 'faults', String(process.pid));
const KILLS = 5;
/** The same each time, so that a failure can be had again; `npm run faults` tries others. */
const SEED = 5;
const stopping = new AbortController();
let passed = false;

afterAll(() => {
  stopping.abort();
  if (passed) discard(dataDir);
});

/** The short version: everything is as in `npm run faults`, but the number of kills and the time of rest in the end. */
it('loses nothing and doubles nothing in five kills', { timeout: 600_000 }, async () => {
  const say = (line: string): void => void process.stdout.write(`faults: ${line}\n`);
  const summary = await run({
    kills: KILLS,
    seed: SEED,
    dataDir,
    quietMs: 5_000,
    say,
    signal: stopping.signal,
  });
  expect(summary.passed, summaryText(summary)).toBe(true);
  expect(summary.kills).toBe(KILLS);
  expect(summary.events.acknowledged).toBeGreaterThan(100);
  expect(summary.events.delivered).toBeGreaterThan(0);
  passed = true;
});

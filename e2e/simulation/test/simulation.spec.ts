import { describe, expect, it } from 'vitest';
import type { SeedReport } from '../run-seed.ts';
import { runWorker } from '../run-workers.ts';

/** A few thousand milliseconds of work; nobody is told how long it took. */
const PATIENCE_MS = 600_000;
const SEEDS = 200;

async function reportsOf(task: { from: number; step: number; count: number }): Promise<SeedReport[]> {
  const all: SeedReport[] = [];
  await runWorker(task, (reports) => all.push(...reports));
  return all;
}

describe('the simulation', () => {
  it(`finds nothing wrong in ${SEEDS} histories`, { timeout: PATIENCE_MS }, async () => {
    const halves = await Promise.all([1, 2].map((from) => reportsOf({ from, step: 2, count: SEEDS / 2 })));
    const reports = halves.flat();
    const failed = reports.filter(({ failure }) => failure !== undefined);
    expect(failed.map(({ seed, play, failure }) => `seed ${seed} of ${play}: ${failure}`)).toEqual([]);
    expect(new Set(reports.map(({ seed }) => seed)).size).toBe(SEEDS);
    // Histories in which nothing happens would hold as well.
    const verdicts = reports.reduce((sum, { counts }) => sum + (counts['verdicts'] ?? 0), 0);
    const blows = reports.flatMap((report) => Object.keys(report.blows));
    expect(verdicts).toBeGreaterThan(10 * SEEDS);
    expect(new Set(blows).size).toBeGreaterThan(10);
  });

  it('gives the same history for the same seed', { timeout: PATIENCE_MS }, async () => {
    const task = { from: 1000, step: 1, count: 6 };
    const [once, again] = await Promise.all([reportsOf(task), reportsOf(task)]);
    expect(once.length).toBeGreaterThan(0);
    expect(again).toEqual(once);
  });
});

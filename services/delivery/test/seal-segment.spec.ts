import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEALER_POINTS, type SealerPoint } from '../src/seal-segment.ts';
import {
  acceptedOf,
  crashAt,
  createLedger,
  dependencies,
  EnrichedLog,
  history,
  type Ledger,
  live,
  type Verdict,
} from './sealer-harness.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});
afterAll(() => ledger.close());

let partitions = 0;

/** Raw offsets in order, of several orgs, with rejected ones, repeats and holes. */
function verdicts(count: number, seed: number, orgs = 5): Verdict[] {
  const all: Verdict[] = [];
  let raw = 0;
  for (let index = 0; index < count; index += 1) {
    const from = raw;
    if ((index + seed) % 11 === 0) raw += 2;
    const verdict = (index + seed) % 7 === 0 ? 'rejected' : (index + seed) % 5 === 0 ? 'repeat' : 'accepted';
    all.push({ raw, from, verdict, org: `org_${seed}_${index % orgs}` });
    raw += 1;
  }
  return all;
}

async function expectExactlyOnce(partition: number, given: Verdict[]): Promise<void> {
  const log = new EnrichedLog(given);
  const orgs = new Set(given.map((verdict) => verdict.org as string));
  for (const org of orgs) expect(await history(ledger, org)).toEqual(acceptedOf(log, given, org));
  const { rows } = await ledger.pool.query('SELECT * FROM delivery.partition WHERE partition = $1', [
    partition,
  ]);
  const count = (verdict: string) =>
    new Set(given.filter((v) => v.verdict === verdict).map((v) => v.raw)).size;
  expect(rows[0]).toMatchObject({
    raw_last: Math.max(...given.map((verdict) => verdict.raw)),
    accepted: count('accepted'),
    rejected: count('rejected'),
    repeats: count('repeat'),
  });
}

describe('the sealer', () => {
  it('puts every accepted event into the ledger once, in order, its bytes unchanged', async () => {
    const partition = partitions++;
    const given = verdicts(200, partition);
    expect(await live(dependencies(ledger), partition, new EnrichedLog(given))).toBe('sealed');
    await expectExactlyOnce(partition, given);
  });

  it.each(SEALER_POINTS.filter((point) => !point.endsWith('move')))(
    'killed at %s, every time that it comes there, loses nothing and doubles nothing',
    async (point) => {
      const partition = partitions++;
      const given = verdicts(120, partition);
      const log = new EnrichedLog(given);
      let deaths = 0;
      // It lives a little longer each time, so it dies in its first, second, third sealing …
      for (let nth = 1; nth <= 6; nth += 1) {
        const deps = dependencies(ledger, { reached: crashAt(point, nth), segmentBytes: 900, intervalMs: 2 });
        if ((await live(deps, partition, log)) === 'died') deaths += 1;
      }
      expect(deaths).toBeGreaterThan(0);
      await live(dependencies(ledger), partition, log);
      await expectExactlyOnce(partition, given);
    },
  );

  it.each(['sealer.before-move', 'sealer.after-move'] as const)(
    'killed at %s, with repeats only, counts each of them once',
    async (point) => {
      const partition = partitions++;
      const given = Array.from({ length: 30 }, (_, raw): Verdict => ({
        raw,
        verdict: 'repeat',
        org: `r_${partition}`,
      }));
      const log = new EnrichedLog(given);
      expect(await live(dependencies(ledger, { reached: crashAt(point) }), partition, log)).toBe('died');
      await live(dependencies(ledger), partition, log);
      await expectExactlyOnce(partition, given);
      const { rowCount } = await ledger.pool.query('SELECT 1 FROM delivery.segment WHERE partition = $1', [
        partition,
      ]);
      expect(rowCount).toBe(0);
    },
  );

  it('Invariant 1: whatever enrichment repeats and wherever the sealer dies, each event is in the ledger once', async () => {
    const point = fc.constantFrom<SealerPoint[]>(...SEALER_POINTS);
    const deaths = fc.array(fc.record({ point, nth: fc.integer({ min: 1, max: 3 }) }), { maxLength: 4 });
    const restarts = fc.array(fc.record({ after: fc.nat(), back: fc.nat({ max: 30 }) }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        deaths,
        restarts,
        fc.integer({ min: 1, max: 20 }),
        async (deaths, restarts, batchSize) => {
          const partition = partitions++;
          const given = repeated(verdicts(80, partition), restarts);
          const log = new EnrichedLog(given);
          for (const { point, nth } of deaths) {
            const options = { reached: crashAt(point, nth), segmentBytes: 600, intervalMs: 1 };
            await live(dependencies(ledger, options), partition, log, batchSize);
          }
          await live(dependencies(ledger, { segmentBytes: 2000 }), partition, log, batchSize);
          await expectExactlyOnce(partition, given);
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** Enrichment that was restarted: it goes back and writes some verdicts again, with other metadata. */
function repeated(all: Verdict[], restarts: { after: number; back: number }[]): Verdict[] {
  const given = [...all];
  for (const { after, back } of restarts) {
    const at = after % given.length;
    const from = Math.max(0, at - back);
    const again = given
      .slice(from, at)
      .map((verdict) => ({ ...verdict, value: Buffer.from(`{"again":${verdict.raw}}`) }));
    given.splice(at, 0, ...again);
  }
  return given;
}

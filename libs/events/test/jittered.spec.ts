import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jittered } from '../src/index.ts';

it('a pause is never longer than said, never shorter than half of it, and not the same for all', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 600_000 }), random, (ms, share) => {
      const pause = jittered(ms, share);
      expect(pause).toBeGreaterThanOrEqual(Math.floor(ms / 2));
      expect(pause).toBeLessThanOrEqual(ms);
    }),
  );
  expect(new Set([0, 0.3, 0.6, 0.9].map((share) => jittered(1000, share))).size).toBe(4);
});

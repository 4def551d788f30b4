import { expect, it } from 'vitest';
import { LastingFailures } from '../src/index.ts';

it('a partition that fails for a while, or gets no answer for a while, is told until it goes on', () => {
  const failures = new LastingFailures();
  const error = new Error('away');
  failures.failed(1, error, 0);
  failures.began(2, 0);
  expect(failures.lasting(14_000)).toBeUndefined();
  failures.failed(1, error, 16_000);
  expect(failures.lasting(16_000)).toBe(error);
  failures.done(1);
  expect(failures.lasting(29_000)).toBeUndefined();
  expect(String(failures.lasting(31_000))).toContain('partition 2');
  // The first failure after a long silence is told at once: it has lasted since the silence began.
  failures.failed(2, error, 32_000);
  expect(failures.lasting(32_000)).toBe(error);
  failures.done(2);
  expect(failures.lasting(33_000)).toBeUndefined();
});

it('a partition of which nothing is heard any more is somebody else’s, and not told', () => {
  const failures = new LastingFailures();
  failures.failed(1, new Error('away'), 0);
  failures.failed(1, new Error('away'), 20_000);
  expect(failures.lasting(20_000)).toBeDefined();
  expect(failures.lasting(90_000)).toBeUndefined();
});

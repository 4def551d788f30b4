import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '../src/index.ts';

describe('times', () => {
  it('are the instants that JavaScript reads, for every date and offset', () => {
    const range = {
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    };
    fc.assert(
      fc.property(fc.date(range), fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, minutes) => {
        expect(instantOf(date.toISOString())).toBe(date.getTime());
        const wall = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
        const two = (number: number): string => String(number).padStart(2, '0');
        const size = Math.abs(minutes);
        const text = `${wall}${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
        expect(instantOf(text)).toBe(date.getTime());
      }),
      { numRuns: 2000 },
    );
  });

  it('may have nanoseconds, and no more', () => {
    expect(instantOf('2026-01-01T00:00:00.123456789Z')).toBe(Date.UTC(2026, 0, 1, 0, 0, 0, 123));
    expect(instantOf('2026-01-01T00:00:00.5Z')).toBe(Date.UTC(2026, 0, 1, 0, 0, 0, 500));
    expect(instantOf('2026-01-01T00:00:00.1234567890Z')).toBeUndefined();
  });

  it.each([
    '',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '0000-01-01T00:00:00Z',
    '2026-01-01t00:00:00z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00+15:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00.Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
  ])('%j is none', (text) => expect(instantOf(text)).toBeUndefined());

  it('knows leap years', () => {
    expect(instantOf('2024-02-29T00:00:00Z')).toBeDefined();
    expect(instantOf('2000-02-29T00:00:00Z')).toBeDefined();
    expect(instantOf('2100-02-29T00:00:00Z')).toBeUndefined();
  });
});

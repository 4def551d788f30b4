import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExact } from '../src/parse-exact.ts';

describe('an event that is parsed and written again', () => {
  it.each([
    '12345678901234567890',
    '0.10000000000000000001',
    '1e400',
    '2.5E-3',
    '1.0',
    '-0.50',
    '-0',
    '100',
    '9007199254740993',
  ])('keeps the number %s as it was written', (number) => {
    const text = `{"data":{"metadata":{"n":${number},"list":[${number}]}},"id":"a"}`;
    expect(JSON.stringify(parseExact(text))).toBe(text);
  });

  it('is otherwise what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(JSON.stringify(parseExact(text)))).toEqual(
          JSON.parse(JSON.stringify(JSON.parse(text))),
        );
      }),
    );
  });
});

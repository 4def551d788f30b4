import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEvent } from '../src/index.ts';
import { plainEvent } from './any-event.ts';

const check = (metadata: string) => {
  const line = JSON.stringify(plainEvent()).replace('"outcome"', `"metadata":${metadata},"outcome"`);
  const checked = checkEvent(Buffer.from(line), Buffer.from('org_acme'), Date.parse('2026-03-02'));
  return checked.ok ? 'accepted' : checked.code;
};

/** One of the ways to write a name in JSON. */
const spell = (name: string, escaped: boolean): string => {
  const units = name.split('');
  const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return escaped ? `"${units.map(code).join('')}"` : JSON.stringify(name);
};

describe('names that stand twice', () => {
  const name = fc
    .string({ unit: 'grapheme', maxLength: 3 })
    .map((text) => text.toWellFormed().replaceAll('\0', ''));
  const members = fc.array(fc.record({ name, escaped: fc.boolean() }), { maxLength: 12 });

  it('are found in any object, in whatever spelling, and only there', () => {
    fc.assert(
      fc.property(members, members, (one, two) => {
        const object = (of: typeof one): string =>
          `{${of.map((m) => `${spell(m.name, m.escaped)}:1`).join(',')}}`;
        const twice = [one, two].some((of) => new Set(of.map((m) => m.name)).size < of.length);
        expect(check(`{"a":${object(one)},"b":[${object(two)}]}`)).toBe(twice ? 'duplicate-key' : 'accepted');
      }),
      { numRuns: 2000 },
    );
  });

  it('are found among hundreds of long names that differ only in the middle', () => {
    const names = Array.from({ length: 600 }, (_, i) => `"${'x'.repeat(90)}${i}${'y'.repeat(90)}":${i}`);
    expect(check(`{${names.join(',')}}`)).toBe('accepted');
    expect(check(`{${[...names, names[300]!].join(',')}}`)).toBe('duplicate-key');
  });

  it('may stand in different objects', () => {
    expect(check('{"a":{"a":{"a":[{"a":1},{"a":1}]}},"b":{"a":1}}')).toBe('accepted');
  });
});

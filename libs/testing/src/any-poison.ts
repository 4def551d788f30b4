import { LIMITS, type AuditEvent } from '@auditorium/events';
import fc from 'fast-check';
import { anyEvent } from './any-event.ts';
import type { Poison } from './poison-cases.ts';

/** Stands where something hostile is put in. */
const HERE = 'put it here';

interface Damage {
  readonly verdict: Poison['verdict'];
  /** What becomes of the line, which holds `HERE` as a text of the metadata. */
  apply(line: string): Buffer;
}

const putIn = (json: string) => (line: string) => Buffer.from(line.replace(`"${HERE}"`, () => json));

/** A byte put in somewhere between two characters. */
const anyByte = (verdict: Poison['verdict'], byte: number): fc.Arbitrary<Damage> =>
  fc.double({ min: 0, max: 1, noNaN: true }).map((where) => ({
    verdict,
    apply: (line) => {
      const bytes = Buffer.from(line);
      let at = Math.floor(where * bytes.length);
      while (((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)]);
    },
  }));

const anyCut: fc.Arbitrary<Damage> = fc.double({ min: 0, max: 1, noNaN: true }).map((where) => ({
  verdict: 'not-json',
  apply: (line) => Buffer.from(line.slice(0, Math.floor(where * (line.length - 1)))),
}));

const anyDepth: fc.Arbitrary<Damage> = fc
  .tuple(fc.integer({ min: LIMITS.depth, max: 5000 }), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([depth, [open = '', close = '']]) => ({
    verdict: 'too-deep',
    apply: putIn(`${open.repeat(depth)}0${close.repeat(depth)}`),
  }));

const anyWidth: fc.Arbitrary<Damage> = fc.integer({ min: LIMITS.keys, max: 9000 }).map((count) => ({
  verdict: 'too-many-keys',
  apply: putIn(`{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join()}}`),
}));

/** A name twice in one object, at some depth, the second time in some other spelling of it. */
const anyTwice: fc.Arbitrary<Damage> = fc
  .tuple(fc.string({ unit: 'grapheme-ascii' }), fc.nat(20), fc.array(fc.boolean()))
  .map(([name, depth, escaped]) => {
    const spelled = Array.from(name, (char, index) =>
      escaped[index]
        ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
        : JSON.stringify(char).slice(1, -1),
    );
    const object = `{${JSON.stringify(name)}:1,"${spelled.join('')}":2}`;
    return { verdict: 'duplicate-key', apply: putIn('['.repeat(depth) + object + ']'.repeat(depth)) };
  });

const anySurrogate: fc.Arbitrary<Damage> = fc
  .tuple(fc.integer({ min: 0xd800, max: 0xdfff }), fc.constantFrom('', 'x', '\\n'))
  .map(([half, after]) => ({
    verdict: 'lone-surrogate',
    apply: putIn(`"\\u${half.toString(16)}${after}"`),
  }));

/** Numbers that no double holds, and texts in spellings of their own: accepted, and to be kept as they are. */
const anyKept: fc.Arbitrary<Damage> = fc
  .oneof(
    fc.stringMatching(/^-?(0|[1-9][0-9]{0,300})(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,9})?$/),
    fc.array(fc.integer({ min: 1, max: 0xd7ff })).map((codes) => {
      const escapes = codes.map((code) => `\\u${code.toString(16).padStart(4, '0')}`);
      return `"${escapes.join('')}"`;
    }),
    fc.constantFrom('{"__proto__":{"__proto__":null}}', '[[],{},"",0,-0,null,true,false]'),
  )
  .map((json) => ({ verdict: 'accepted', apply: putIn(json) }));

const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  anyByte('invalid-utf8', 0xff),
  anyByte('raw-newline', 0x0a),
  anyByte('nul', 0),
  anyCut,
  anyDepth,
  anyWidth,
  anyTwice,
  anySurrogate,
  anyKept,
  fc.constant({ verdict: 'nul', apply: putIn('"\\u0000"') } as const),
);

/** What is wrong with an event as a whole, put into one that is right. */
const anyChange: fc.Arbitrary<readonly [Poison['verdict'], Partial<Record<keyof AuditEvent, unknown>>]> =
  fc.constantFrom(
    ['not-cloudevent', { specversion: '0.3' }],
    ['not-cloudevent', { source: undefined }],
    ['not-cloudevent', { type: 'no verb' }],
    ['time-invalid', { time: '2026-02-30T00:00:00Z' }],
    ['time-ahead', { time: '9999-01-01T00:00:00Z' }],
    ['org-mismatch', { orgid: 'somebody-else' }],
    ['data-invalid', { data: { actor: {}, targets: [], outcome: 'success' } }],
    ['data-invalid', { data: undefined }],
  );

/** Hostile records of one org, each with the verdict that it gets in the org's partition when no other is like it. */
export function anyPoison(org: string): fc.Arbitrary<Poison> {
  const key = Buffer.from(org);
  const event = fc.tuple(anyEvent(fc.constant(org)), fc.uuid()).map(([any, id]) => ({ ...any, id }));
  const damaged = fc.tuple(event, anyDamage).map(([any, { verdict, apply }]) => {
    const data = { ...any.data, metadata: { here: HERE } };
    return { name: `any ${verdict}`, verdict, key, value: apply(JSON.stringify({ ...any, data })) };
  });
  const changed = fc.tuple(event, anyChange).map(([any, [verdict, change]]) => {
    const value = Buffer.from(JSON.stringify({ ...any, ...change }));
    return { name: `any ${verdict}`, verdict, key, value };
  });
  const keyless = event.map((any) => {
    const value = Buffer.from(JSON.stringify(any));
    return { name: 'any no-key', verdict: 'no-key' as const, key: null, value };
  });
  return fc.oneof(
    { weight: 8, arbitrary: damaged },
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: keyless },
  );
}

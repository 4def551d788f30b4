import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auditEventSchema,
  checkEvent,
  LIMITS,
  REJECTION_CODES,
  RESERVED_ATTRIBUTES,
  type RejectionCode,
} from '../src/index.ts';
import { anyEvent, plainEvent, spaced } from './any-event.ts';

const NOW = Date.parse('2026-03-01T12:00:01Z');
const KEY = Buffer.from('org_acme');
const check = (body: string | Buffer | null, key: Buffer | null = KEY, now = NOW) =>
  checkEvent(typeof body === 'string' ? Buffer.from(body) : body, key, now);
const codeOf = (body: string | Buffer | null, key: Buffer | null = KEY): RejectionCode | 'accepted' => {
  const checked = check(body, key);
  return checked.ok ? 'accepted' : checked.code;
};
const json = (change: Record<string, unknown> = {}): string => JSON.stringify(plainEvent(change));
const withData = (change: Record<string, unknown>): string =>
  json({ data: { ...(plainEvent()['data'] as object), ...change } });
const insert = (text: string): string => json().replace('"orgid"', `${text},"orgid"`);
/** Codes at which reading stops, so that what follows may be anything. */
const STOPS = new Set(['not-json', 'nul', 'lone-surrogate', 'too-deep', 'too-many-keys', 'duplicate-key']);

describe('an event that is right', () => {
  it('is accepted, whatever text and JSON it carries, spaced or not', () => {
    fc.assert(
      fc.property(anyEvent, fc.boolean(), ({ org, event }, wide) => {
        const line = wide ? ` ${spaced(event)}\t` : JSON.stringify(event);
        const checked = checkEvent(Buffer.from(line), Buffer.from(org), NOW);
        const data = event['data'] as { actor: { type: string; id: string } };
        expect(checked).toEqual({
          ok: true,
          org,
          id: event['id'],
          source: event['source'],
          type: event['type'],
          actorType: data.actor.type,
          actorId: data.actor.id,
        });
        expect(auditEventSchema.safeParse(event).success).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('may spell its values with escapes', () => {
    const line = json()
      .replaceAll('u_1', '\\u0075_1')
      .replace('org_acme', 'org\\u005facme')
      .replace('1.0', '\\u0031.0');
    expect(check(line)).toMatchObject({ ok: true, org: 'org_acme', actorId: 'u_1' });
  });

  it('keeps numbers of any length: they are bytes', () => {
    expect(codeOf(insert('"big":123456789012345678901234567890.5e-7'))).toBe('accepted');
    expect(codeOf(withData({}).replace('"outcome"', '"metadata":{"n":-0.0E+400},"outcome"'))).toBe(
      'accepted',
    );
  });

  it('may be as large, deep and wide as the limits say, and no more', () => {
    const pad = (bytes: number): string => insert(`"pad":"${'x'.repeat(bytes - json().length - 9)}"`);
    expect(Buffer.byteLength(pad(LIMITS.eventBytes))).toBe(LIMITS.eventBytes);
    expect(codeOf(pad(LIMITS.eventBytes))).toBe('accepted');
    expect(codeOf(pad(LIMITS.eventBytes + 1))).toBe('too-large');
    const deep = (levels: number): string =>
      withData({}).replace('"outcome"', `"after":${'['.repeat(levels)}${']'.repeat(levels)},"outcome"`);
    expect(codeOf(deep(LIMITS.depth - 2))).toBe('accepted');
    expect(codeOf(deep(LIMITS.depth - 1))).toBe('too-deep');
    const own = JSON.stringify(plainEvent()).match(/":/g)!.length;
    const wide = (keys: number): string =>
      withData({
        metadata: Object.fromEntries(Array.from({ length: keys - own - 1 }, (_, i) => [`k${i}`, i])),
      });
    expect(codeOf(wide(LIMITS.keys))).toBe('accepted');
    expect(codeOf(wide(LIMITS.keys + 1))).toBe('too-many-keys');
  });

  it('may be up to 24 hours ahead of the broker, and as old as it likes', () => {
    const at = (time: number): string => json({ time: new Date(time).toISOString() });
    expect(codeOf(at(NOW + LIMITS.aheadMs))).toBe('accepted');
    expect(codeOf(at(NOW + LIMITS.aheadMs + 1))).toBe('time-ahead');
    expect(codeOf(at(0))).toBe('accepted');
    expect(codeOf(json({ time: '2026-03-03T01:30:01.000+13:30' }))).toBe('accepted');
  });
});

describe('an event that is wrong', () => {
  const wrong: [string, string | Buffer | null, RejectionCode][] = [
    ['no body', null, 'no-value'],
    ['an empty body', '', 'not-json'],
    ['text', 'hello', 'not-json'],
    ['half an event', json().slice(0, -1), 'not-json'],
    ['two events', json() + json(), 'not-json'],
    ['a byte order mark', `\ufeff${json()}`, 'not-json'],
    ['a comma too many', json().replace('}}', '},}'), 'not-json'],
    ['a number with a leading zero', insert('"n":01'), 'not-json'],
    ['a bare minus', insert('"n":-'), 'not-json'],
    ['a control character in a string', insert('"n":"\u0001"'), 'not-json'],
    ['an escape that JSON has not', insert(String.raw`"n":"\x41"`), 'not-json'],
    ['a short \\u escape', insert(String.raw`"n":"\u12g4"`), 'not-json'],
    [
      'bytes that are no UTF-8',
      Buffer.from(json().replace('Apollo', 'Ap\u00ffllo'), 'latin1'),
      'invalid-utf8',
    ],
    [
      'an encoded surrogate',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from('eda080', 'hex')]),
      'invalid-utf8',
    ],
    ['a newline between members', json().replace('"orgid"', '\n"orgid"'), 'raw-newline'],
    ['a newline at the end', `${json()}\n`, 'raw-newline'],
    ['a carriage return', `${json()}\r`, 'raw-newline'],
    ['NUL as a byte', json().replace('Apollo', 'Apo\0llo'), 'nul'],
    ['NUL as an escape', json().replace('Apollo', String.raw`Apo\u0000llo`), 'nul'],
    ['a lone high surrogate', json().replace('Apollo', String.raw`\ud83dx`), 'lone-surrogate'],
    ['a lone low surrogate', json().replace('Apollo', String.raw`\ude00`), 'lone-surrogate'],
    ['two high surrogates', json().replace('Apollo', String.raw`\ud83d\ud83d`), 'lone-surrogate'],
    ['an attribute twice', insert('"type":"project.renamed"'), 'duplicate-key'],
    [
      'a member twice deep inside',
      withData({ metadata: { a: [{ b: 1 }] } }).replace('"b":1', '"b":1,"b":2'),
      'duplicate-key',
    ],
    [
      'a member twice in two spellings',
      withData({ metadata: { b: 1 } }).replace('"b":1', String.raw`"b":1,"\u0062":2`),
      'duplicate-key',
    ],
    ['capitals in an attribute', insert('"orgId":1'), 'attribute-name'],
    ['an underscore in an attribute', insert('"data_base64":"eA=="'), 'attribute-name'],
    ['an attribute without a name', insert('"":1'), 'attribute-name'],
    [
      'an attribute spelled with escapes',
      json().replace('"subject"', String.raw`"s\u0075bject"`),
      'attribute-name',
    ],
    ['a list', `[${json()}]`, 'not-cloudevent'],
    ['null', 'null', 'not-cloudevent'],
    ['another specversion', json({ specversion: '0.3' }), 'not-cloudevent'],
    ['no id', json({ id: undefined }), 'not-cloudevent'],
    ['an empty id', json({ id: '' }), 'not-cloudevent'],
    ['a number for id', json({ id: 7 }), 'not-cloudevent'],
    ['an id over the limit', json({ id: 'é'.repeat(129) }), 'not-cloudevent'],
    ['no source', json({ source: undefined }), 'not-cloudevent'],
    ['an action without a verb', json({ type: 'project' }), 'not-cloudevent'],
    ['a subject that is no text', json({ subject: null }), 'not-cloudevent'],
    ['an extension that is an object', insert('"ext":{}'), 'not-cloudevent'],
    ['no time', json({ time: undefined }), 'time-invalid'],
    ['a time that is a number', json({ time: 1 }), 'time-invalid'],
    ['the 30th of February', json({ time: '2026-02-30T00:00:00Z' }), 'time-invalid'],
    ['a time without offset', json({ time: '2026-02-20T00:00:00' }), 'time-invalid'],
    ['a time far ahead', json({ time: '2126-01-01T00:00:00Z' }), 'time-ahead'],
    ['no data', json({ data: undefined }), 'data-invalid'],
    ['data that is text', json({ data: 'x' }), 'data-invalid'],
    ['no actor', withData({ actor: undefined }), 'data-invalid'],
    ['an actor without id', withData({ actor: { type: 'user' } }), 'data-invalid'],
    ['a slash in the type of an actor', withData({ actor: { type: 'a/b', id: 'x' } }), 'data-invalid'],
    ['no targets', withData({ targets: undefined }), 'data-invalid'],
    [
      'one target without id among others',
      withData({ targets: [{ type: 'a', id: 'b' }, { type: 'a' }] }),
      'data-invalid',
    ],
    ['another outcome', withData({ outcome: 'maybe' }), 'data-invalid'],
    ['a context that is a list', withData({ context: [] }), 'data-invalid'],
    ['an ip that is a number', withData({ context: { ip: 1 } }), 'data-invalid'],
    [
      'an ip spelled with escapes that is a number',
      withData({ context: {} }).replace('"context":{}', String.raw`"context":{"\u0069p":1}`),
      'data-invalid',
    ],
    ['metadata that are a list', withData({ metadata: [] }), 'data-invalid'],
    ['another org in the body', json({ orgid: 'org_globex' }), 'org-mismatch'],
    ['no org in the body', json({ orgid: undefined }), 'org-mismatch'],
  ];
  for (const [what, body, code] of wrong) {
    it(`${what} is rejected as ${code}`, () => expect(codeOf(body)).toBe(code));
  }

  it.each([...RESERVED_ATTRIBUTES])('the attribute %s, which is added later, is refused', (name) =>
    expect(codeOf(insert(`"${name}":"x"`))).toBe('attribute-reserved'),
  );

  it('recordedtime belongs to the producer and is accepted', () => {
    expect(codeOf(insert('"recordedtime":"2020-01-01T00:00:00Z"'))).toBe('accepted');
  });

  it('a key that names no org is refused before the body is read', () => {
    expect(codeOf(json(), null)).toBe('no-key');
    for (const key of ['', 'a/b', 'org acme', 'é', 'x'.repeat(57), 'a\n']) {
      expect(codeOf('{', Buffer.from(key))).toBe('org-invalid');
    }
  });

  it('tells operators its id, source and type where they could be read', () => {
    const code = check(withData({ outcome: 'maybe' }));
    expect(code).toMatchObject({
      ok: false,
      id: plainEvent()['id'],
      source: plainEvent()['source'],
      type: 'project.renamed',
    });
  });
});

describe('whatever bytes arrive', () => {
  it('never throws, and calls JSON what JSON.parse calls JSON', () => {
    const edit = fc.record({
      at: fc.nat(),
      byte: fc.constantFrom(...Buffer.from('"\\{}[],:0-.eEuU9tfn \t\u0001a')),
      how: fc.nat(2),
    });
    fc.assert(
      fc.property(anyEvent, fc.array(edit, { minLength: 1, maxLength: 3 }), ({ org, event }, edits) => {
        const line = edits.reduce(
          (bytes, { at, byte, how }) => {
            const i = at % (bytes.length + 1);
            const rest = bytes.subarray(how === 0 ? i : i + 1);
            return Buffer.concat([bytes.subarray(0, i), Buffer.from(how === 2 ? [] : [byte]), rest]);
          },
          Buffer.from(JSON.stringify(event)),
        );
        const checked = checkEvent(line, Buffer.from(org), NOW);
        if (!checked.ok && checked.code === 'invalid-utf8') return;
        const parses = parsed(line) !== undefined;
        if (!parses) expect(STOPS).toContain(checked.ok ? 'accepted' : checked.code);
        if (parses && !checked.ok) expect(checked.code).not.toBe('not-json');
        if (checked.ok) expect(auditEventSchema.safeParse(parsed(line)).success).toBe(true);
      }),
      { numRuns: 3000, endOnFailure: true },
    );
  });

  it('survives any flipped bits and any cut, with a code of the list', () => {
    fc.assert(
      fc.property(anyEvent, fc.array(fc.nat(), { maxLength: 6 }), fc.nat(), ({ org, event }, flips, cut) => {
        const line = Buffer.from(JSON.stringify(event));
        for (const flip of flips) line[(flip >> 3) % line.length]! ^= 1 << (flip & 7);
        for (const bytes of [line, line.subarray(0, cut % line.length), line.subarray(cut % line.length)]) {
          const checked = checkEvent(bytes, Buffer.from(org), NOW);
          if (!checked.ok) expect(REJECTION_CODES).toContain(checked.code);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('any JSON text is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, stringUnit: 'binary' }), (text) => {
        const checked = check(text);
        expect(checked.ok ? 'accepted' : checked.code).not.toBe('not-json');
        expect(check(`${text}]`)).toMatchObject({ ok: false });
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with the schema for producers on what is an event', () => {
    const anything = fc.oneof(fc.constant(undefined), fc.constant(''), fc.jsonValue(), fc.string());
    const at = fc.constantFrom(
      'id',
      'source',
      'type',
      'time',
      'subject',
      'orgid',
      'data',
      'actor',
      'targets',
      'outcome',
      'context',
      'metadata',
    );
    fc.assert(
      fc.property(anyEvent, at, anything, ({ org, event }, name, value) => {
        const inside = ['actor', 'targets', 'outcome', 'context', 'metadata'].includes(name);
        const changed = inside
          ? { ...event, data: { ...(event['data'] as object), [name]: value } }
          : { ...event, [name]: value };
        const line = JSON.stringify(changed);
        const checked = checkEvent(Buffer.from(line), Buffer.from(org), NOW);
        if (!checked.ok && (STOPS.has(checked.code) || checked.code === 'org-mismatch')) return;
        expect(checked.ok).toBe(auditEventSchema.safeParse(JSON.parse(line)).success);
      }),
      { numRuns: 3000 },
    );
  });
});

function parsed(line: Buffer): unknown {
  try {
    // A number too large for a double is still a number: 1e999.
    return JSON.parse(line.toString(), (_, value: unknown) =>
      value === Infinity || value === -Infinity ? 0 : value,
    ) as unknown;
  } catch {
    return undefined;
  }
}

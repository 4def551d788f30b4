import fc from 'fast-check';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { actorOfLine, auditorium, layoutOf, type NameOf } from '../src/index.ts';

const line = (actor: object, more: object = {}, after: object = {}) =>
  JSON.stringify({
    specversion: '1.0',
    id: 'e',
    orgid: 'org_acme',
    ...more,
    data: { actor, targets: [], outcome: 'success' },
    ...after,
  });

const enriched = line(
  { type: 'user', id: 'u_1' },
  {},
  { orgname: 'Acme', actorversion: 3, actorroles: ['Admin'] },
);

describe('the auditorium layout', () => {
  it('Beyond 7: golden: key', () => {
    const object = {
      prefix: 'audit/',
      org: 'org_acme',
      region: 'eu-central-1',
      first: 41,
      last: 97,
      part: 'events',
      plannedAt: new Date('2026-01-02T23:59:59.999Z'),
      suffix: '4f1c0a9be2',
    };
    expect(auditorium.keyOf(object)).toBe('audit/org_acme/2026/01/02/41-97-4f1c0a9be2.ndjson.gz');
    expect(auditorium.keyOf({ ...object, prefix: '' })).toBe(
      'org_acme/2026/01/02/41-97-4f1c0a9be2.ndjson.gz',
    );
  });

  it('golden: lines', () => {
    const other = line({ type: 'api-key', id: 'k' });
    const nameOf: NameOf = ({ id, version }) =>
      id === 'u_1' && version === 3 ? { name: 'Ada "A" Ž', email: null } : undefined;
    const read = auditorium.read(Buffer.from(`${enriched}\n${other} \n`));
    expect(read.encode(nameOf).toString()).toBe(
      '{"specversion":"1.0","id":"e","orgid":"org_acme","data":{"actor":{"type":"user","id":"u_1"},"targets":[],"outcome":"success"},"orgname":"Acme","actorversion":3,"actorroles":["Admin"],"actorname":"Ada \\"A\\" Ž","actoremail":null}\n' +
        '{"specversion":"1.0","id":"e","orgid":"org_acme","data":{"actor":{"type":"api-key","id":"k"},"targets":[],"outcome":"success"},"actorname":null,"actoremail":null} \n',
    );
  });

  it('asks for each actor once, in the version that the ledger has', () => {
    const lines = [
      enriched,
      enriched,
      line({ type: 'user', id: 'u_1' }),
      line({ type: 'user', id: 'u_1' }, {}, { actorversion: 4 }),
    ];
    expect(auditorium.read(Buffer.from(`${lines.join('\n')}\n`)).actors).toEqual([
      { type: 'user', id: 'u_1', version: 3 },
      { type: 'user', id: 'u_1', version: null },
      { type: 'user', id: 'u_1', version: 4 },
    ]);
  });

  it('an erased actor becomes null, and nothing else of the line changes', () => {
    const gone = auditorium.read(Buffer.from(`${enriched}\n`)).encode(() => ({ name: null, email: null }));
    expect(JSON.parse(gone.toString())).toEqual({
      ...JSON.parse(enriched),
      actorname: null,
      actoremail: null,
    });
  });

  it('keeps the bytes of any line, whatever its numbers and escapes', () => {
    const odd = `{"data": {"metadata":{"n":1e400,"big":12345678901234567890,"s":"\\u0000\\ud800"}, "actor":{"id":"x","type":"t"}},"id":"1"}`;
    const out = auditorium
      .read(Buffer.from(`${odd}\n`))
      .encode(() => undefined)
      .toString();
    expect(out).toBe(`${odd.slice(0, -1)},"actorname":null,"actoremail":null}\n`);
  });

  it('a line that should not be there keeps none of its neighbours back', () => {
    const odd = ['{"data":{}}', 'not json', '', '{"data":{"actor":{"type":1}}}', '}'];
    const read = auditorium.read(Buffer.from(`${[enriched, ...odd, enriched].join('\n')}\n`));
    const out = read
      .encode(() => ({ name: 'Ada', email: null }))
      .toString()
      .split('\n');
    expect(out).toHaveLength(odd.length + 3);
    expect(JSON.parse(out[0] as string)).toMatchObject({ actorname: 'Ada' });
    expect(out[0]).toBe(out[6]);
    expect(out[1]).toBe('{"data":{},"actorname":null,"actoremail":null}');
    expect(out.slice(2, 4)).toEqual(['not json', '']);
  });

  it('is found by name, and refuses what nobody knows', () => {
    expect(layoutOf('auditorium')).toBe(auditorium);
    expect(layoutOf('auditorium', 1)).toBe(auditorium);
    expect(() => layoutOf('auditorium', 2)).toThrow(/version 2/);
    expect(() => layoutOf('none')).toThrow(/none/);
  });
});

const names = fc.constantFrom(
  'actor',
  'data',
  'type',
  'id',
  'actorversion',
  'x',
  'a"data":{',
  '{',
  '\\',
  ',"data":{"actor":{"type":"user","id":"no"}}',
);
const tricky = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    names,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(names, tie('value'), { maxKeys: 4 }),
}));
const words = fc.oneof(names, fc.string({ unit: 'binary', minLength: 1 }));
const anyLine = fc
  .record({
    actor: fc.record({ type: fc.constantFrom('user', 'api-key', 'a.b:c'), id: words }),
    before: fc.array(fc.tuple(names, tricky.value), { maxLength: 2 }),
    inside: fc.array(fc.tuple(names, tricky.value), { maxLength: 2 }),
    front: fc.boolean(),
    attributes: fc.dictionary(fc.constantFrom('source', 'ext', 'time'), words),
    version: fc.option(fc.nat()),
    orgname: words,
  })
  .map(({ actor, before, inside, front, attributes, version, orgname }) => {
    const others = Object.fromEntries(before.filter(([name]) => name !== 'actor'));
    const members = Object.fromEntries(inside.filter(([name]) => name !== 'type' && name !== 'id'));
    const whole = { ...actor, ...members };
    const data = front ? { actor: whole, ...others } : { ...others, actor: whole };
    const added = version === null ? { orgname } : { orgname, actorversion: version, actorroles: [orgname] };
    return { text: JSON.stringify({ ...attributes, data, ...added }), actor: { ...actor, version } };
  });

describe('the actor of a line', () => {
  it('is the same as a parser finds, whatever the line is made of', () => {
    fc.assert(
      fc.property(anyLine, ({ text, actor }) => {
        const parsed = JSON.parse(text) as {
          data: { actor: { type: string; id: string } };
          actorversion?: number;
        };
        expect(actorOfLine(Buffer.from(text))).toEqual({
          type: parsed.data.actor.type,
          id: parsed.data.actor.id,
          version: parsed.actorversion ?? null,
        });
        expect(parsed.data.actor.type).toBe(actor.type);
      }),
      { numRuns: 3000 },
    );
  });

  it('lines in are lines out, each with its own names', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 20 }), (lines) => {
        const bytes = Buffer.from(lines.map(({ text }) => `${text}\n`).join(''));
        const read = auditorium.read(bytes);
        const out = read.encode(({ type, id, version }) => ({ name: `${type}|${id}|${version}`, email: id }));
        const back = gunzipSync(gzipSync(out)).toString().split('\n').slice(0, -1);
        expect(read.count).toBe(lines.length);
        expect(back).toEqual(
          lines.map(({ text }) => {
            const { data, actorversion } = JSON.parse(text);
            const name = `${data.actor.type}|${data.actor.id}|${actorversion ?? null}`;
            return `${text.slice(0, -1)},"actorname":${JSON.stringify(name)},"actoremail":${JSON.stringify(data.actor.id)}}`;
          }),
        );
      }),
      { numRuns: 300 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEvent, spliceAttributes } from '../src/index.ts';
import { anyEvent, anyText, spaced } from './any-event.ts';

const members = (added: object): Buffer => Buffer.from(JSON.stringify(added).slice(1, -1));

describe('attributes that enrichment splices in', () => {
  const anyAdded = fc.record(
    {
      acceptedtime: anyText,
      orgname: anyText,
      orgslug: anyText,
      actorversion: fc.nat(),
      actorroles: fc.array(anyText),
    },
    { requiredKeys: [] },
  );

  it('make one object of both, and leave every byte of the event where it was', () => {
    fc.assert(
      fc.property(anyEvent, anyAdded, fc.boolean(), ({ event }, added, wide) => {
        const line = Buffer.from(wide ? `${spaced(event)} \t` : JSON.stringify(event));
        const spliced = spliceAttributes(line, members(added));
        expect(JSON.parse(spliced.toString())).toEqual({ ...event, ...added });
        const close = line.lastIndexOf('}');
        expect(spliced.subarray(0, close)).toEqual(line.subarray(0, close));
        expect(spliced.includes('\n')).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('are refused when an enriched event is sent as a raw one', () => {
    fc.assert(
      fc.property(anyEvent, ({ org, event }) => {
        const spliced = spliceAttributes(Buffer.from(JSON.stringify(event)), members({ orgname: 'Acme' }));
        const checked = checkEvent(spliced, Buffer.from(org), Date.parse('2026-01-01'));
        expect(checked).toMatchObject({ ok: false, code: 'attribute-reserved' });
      }),
      { numRuns: 100 },
    );
  });

  it('go into an empty object too', () => {
    expect(spliceAttributes(Buffer.from('{ }'), Buffer.from('"a":1')).toString()).toBe('{ "a":1}');
    expect(spliceAttributes(Buffer.from('{}'), Buffer.alloc(0)).toString()).toBe('{}');
  });
});

import { anyLine, anyText } from '@auditorium/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LAYOUT_NAMES, layoutOf, type NameOf } from '../src/index.ts';
import { schemaOf } from './accepts.ts';
import { queryParquet } from './parquet-rows.ts';
import { enriched, joined } from './real-events.ts';

const MAPPED = LAYOUT_NAMES.filter((name) => name !== 'auditorium');

/** Types that JavaScript's own objects have members of. */
const oddType = fc.constantFrom('constructor', '__proto__', 'toString', 'USER', 'a.b:c');
const anyLedgerLine = fc
  .tuple(anyLine(fc.constant('org_acme')), fc.nat(), fc.option(oddType))
  .map(([line, n, type]) => {
    const event = JSON.parse(line.toString()) as { data: { actor: { type: string } } };
    if (type === null) return enriched(line, n);
    event.data.actor.type = type;
    return enriched(Buffer.from(JSON.stringify(event)), n);
  });
/** Nothing of the kind is ever in the ledger; it must not keep its neighbours from being sent all the same. */
const anyRubbish = fc
  .oneof(anyText(), fc.constantFrom('', '{}', '[]', 'null', '{"data":{"actor":1,"targets":[1,null]}}'))
  .map((text) => Buffer.from(text.replaceAll(/[\r\n]/g, '')));
const anyNames: fc.Arbitrary<NameOf> = fc
  .array(fc.option(fc.record({ name: fc.option(anyText()), email: fc.option(anyText()) })), { minLength: 1 })
  .map(
    (people) =>
      ({ id }) =>
        people[id.length % people.length] ?? undefined,
  );

/** Fewer where another engine reads each file. */
const runsOf = (name: string): number => (name === 'ocsf-parquet' ? 25 : 100);

async function recordsOf(name: string, content: Buffer): Promise<unknown[]> {
  if (name === 'ocsf-parquet') return queryParquet(content);
  if (name === 'wiv') return JSON.parse(content.toString());
  const lines = content.toString().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

describe('any event', () => {
  it.each(MAPPED)('%s: as many valid records as lines, the same bytes each time', async (name) => {
    const [layout, problemOf] = [layoutOf(name), schemaOf(name)];
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLedgerLine, { minLength: 1, maxLength: 8 }),
        anyNames,
        async (lines, names) => {
          const bytes = joined(lines);
          const read = layout.read(bytes);
          const content = read.encode(names);
          const records = await recordsOf(name, content);
          expect([read.count, records.length]).toEqual([lines.length, lines.length]);
          const judged = name === 'wiv' ? [records] : records;
          expect(judged.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
          expect(layoutOf(name).read(Buffer.from(bytes)).encode(names).equals(content)).toBe(true);
        },
      ),
      { numRuns: runsOf(name) },
    );
  });

  it.each(MAPPED)('%s: rubbish among the lines keeps no neighbour back', async (name) => {
    const layout = layoutOf(name);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyRubbish, anyLedgerLine), { minLength: 1 }), async (lines) => {
        for (const line of lines) expect(layout.partOf?.(line) ?? 'events').toMatch(/^[a-z0-9]+$/);
        const read = layout.read(joined(lines));
        const records = await recordsOf(
          name,
          read.encode(() => undefined),
        );
        expect([read.count, records.length]).toEqual([lines.length, lines.length]);
      }),
      { numRuns: runsOf(name) },
    );
  });

  it.each(MAPPED)('%s asks for each person once', (name) => {
    fc.assert(
      fc.property(fc.array(anyLedgerLine), (lines) => {
        const { actors } = layoutOf(name).read(joined(lines));
        const named = actors.map((actor) => JSON.stringify(actor));
        expect(new Set(named).size).toBe(named.length);
      }),
    );
  });
});

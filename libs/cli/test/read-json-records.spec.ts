import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compactJson } from '../src/importers/compact-json.ts';
import { readAll, reasonsOf, textsOf } from './support/reading.ts';

/** Records with everything that could confuse a splitter, none with a member that is a container's name. */
const records = fc.array(
  fc.dictionary(
    fc
      .oneof(fc.string(), fc.constantFrom('a', '"', '{', '[', '\\', 'é'))
      .filter((name) => name !== 'Records'),
    fc.jsonValue({ maxDepth: 3 }),
  ),
  { maxLength: 6 },
);
const spaces = fc.constantFrom('', ' ', '\n', '\r\n  ', '\t');

test('the same records are read from lines, arrays, containers and pretty print, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.integer({ min: 1, max: 40 }),
      spaces,
      fc.integer({ min: 0, max: 2 }),
      async (all, size, gap, indent) => {
        const expected = all.map((record) => JSON.stringify(record));
        const pretty = all.map((record) => JSON.stringify(record, null, indent));
        const shapes = [
          expected.join('\n') + gap,
          `${gap}[${gap}${pretty.join(`${gap},${gap}`)}${gap}]${gap}`,
          `{"kind":"x",${gap}"Records"${gap}:${gap}[${pretty.join(',')}]${gap}}`,
          `{"Records":[${pretty.slice(0, 1).join()}]}${gap}{"Records":[${pretty.slice(1).join()}],"next":[1,{"a":[]}]}`,
          // One after the other over several lines; an empty record would look like a file of lines.
          ...(Object.keys(all[0] ?? {}).length > 0
            ? [all.map((record) => JSON.stringify(record, null, 1)).join(gap)]
            : []),
        ];
        for (const shape of shapes) {
          const read = await readAll('cloudtrail', shape, size);
          expect(textsOf(read), shape).toEqual(expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('what stands beside the records is told, so that nothing is left out silently', async () => {
  const read = await readAll('google-workspace', '{"kind":"k","items":[{"id":{}}],"nextPageToken":"t"}');
  expect(textsOf(read)).toEqual(['{"id":{}}']);
  expect(read.slice(1).map((record) => record.where)).toEqual(['member "kind"', 'member "nextPageToken"']);
});

test('compacting changes white space alone: long numbers, escapes and doubled names stay as they were', () => {
  const text = '{ "n" : 12345678901234567890.10 ,\n"n":1e400, "s" : "a  \\" \\u0041 b" }';
  expect(compactJson(text)).toBe('{"n":12345678901234567890.10,"n":1e400,"s":"a  \\" \\u0041 b"}');
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 4 }), (value, indent) => {
      expect(compactJson(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value));
    }),
  );
});

test('a broken line is told and its neighbours are read', async () => {
  const read = await readAll('cloudtrail', '{"a":1}\n{"a":\n\n[1]\n7\n{"a":2}\n');
  expect(textsOf(read)).toEqual(['{"a":1}', '{"a":2}']);
  expect(reasonsOf(read)).toEqual(['not JSON', 'not a JSON object', 'not a JSON object']);
  expect(read.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
});

test('bytes that are no UTF-8 are told, not replaced', async () => {
  const line = Buffer.concat([
    Buffer.from('{"a":1}\n{"a":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}\n'),
  ]);
  expect(reasonsOf(await readAll('cloudtrail', line))).toEqual(['not UTF-8']);
});

test('a file that ends too early gives what it has and says so', async () => {
  const read = await readAll('cloudtrail', '{"Records":[{"a":1},{"a":2},{"a"');
  expect(textsOf(read)).toEqual(['{"a":1}', '{"a":2}']);
  expect(reasonsOf(read)).toEqual(['the file ends in the middle of a record or list']);
});

test('a record beyond any limit is skipped without being held, and the next is read', async () => {
  const huge = JSON.stringify({ a: 'x'.repeat(5_000_000) });
  for (const shape of [`{"a":0}\n${huge}\n{"a":1}`, `{"Records":[{"a":0},${huge},{"a":1}]}`]) {
    const read = await readAll('cloudtrail', shape);
    expect(textsOf(read)).toEqual(['{"a":0}', '{"a":1}']);
    expect(reasonsOf(read)).toEqual(['larger than 4194304 bytes']);
  }
});

test('elements that are no objects are told', async () => {
  const read = await readAll('cloudtrail', '{"Records":[1, "a,]", null,{"a":1}, [2] ]}');
  expect(textsOf(read)).toEqual(['{"a":1}']);
  expect(reasonsOf(read)).toHaveLength(4);
});

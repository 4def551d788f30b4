import { LIMITS, RESERVED_ATTRIBUTES } from '@auditorium/events';
import { all, type Case, type Poison } from './poison-cases.ts';
import type { LineWriter } from './poison-lines.ts';

export function badNesting(write: LineWriter): Poison[] {
  const nested = (depth: number, open: string, close: string): string =>
    open.repeat(depth) + '0' + close.repeat(depth);
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, index) => `,"k${index}":0`).join('');
  return [
    ...all(write, 'too-deep', [
      ['by one', write.bytes('deep', { note: nested(LIMITS.depth - 2, '[', ']') })],
      ['objects', write.bytes('deep', { note: nested(40, '{"a":', '}') })],
      ['100,000 arrays', write.bytes('deeper', { note: nested(100_000, '[', ']') })],
      ['100,000 arrays that are never closed', '['.repeat(100_000)],
      ['40,000 objects that are never closed', '{"a":'.repeat(40_000)],
    ]),
    ...all(write, 'too-many-keys', [
      // Beside eight at the top, four of data, two each of actor and target, and the note.
      ['by one', write.bytes('wide', { metadata: keys(LIMITS.keys + 1 - 16) })],
      ['over several objects', write.bytes('wide', { note: `[${'{"a":0,"b":0},'.repeat(600)}0]` })],
      ['30,000', write.bytes('wider', { metadata: keys(20_000) })],
    ]),
    ...all(write, 'duplicate-key', [
      ['at the top', write.edited('twice', '"data"', '"id":"twice","data"')],
      ['in data', write.edited('twice', '"outcome"', '"outcome":"success","outcome"')],
      [
        'at depth',
        write.bytes('twice', { note: `${'[{"a":'.repeat(12)}{"x":1,"y":2,"x":1}${'}]'.repeat(12)}` }),
      ],
      ['in another spelling', write.bytes('twice', { metadata: ',"caf\\u00e9":1,"caf\u00e9":2' })],
      ['in two spellings with escapes', write.bytes('twice', { metadata: ',"\\u0061":1,"\\u0061":2' })],
      ['__proto__', write.bytes('twice', { metadata: ',"__proto__":1,"__proto__":2' })],
      ['no name at all', write.bytes('twice', { metadata: ',"":1,"":2' })],
    ]),
    ...all(write, 'lone-surrogate', [
      ['a high one', write.bytes('half', { note: '"\\ud800"' })],
      ['a low one', write.bytes('half', { note: '"\\udc00"' })],
      ['the wrong way round', write.bytes('half', { note: '"\\udc00\\ud800"' })],
      ['before something else', write.bytes('half', { note: '"\\ud83dx"' })],
      ['in a name', write.bytes('half', { metadata: ',"\\ud800":1' })],
      ['in the id', write.bytes('', { id: '"\\udfff"' })],
    ]),
  ];
}

export function badNames(write: LineWriter): Poison[] {
  const names = [
    'Upper',
    'with_underscore',
    'with-dash',
    'caf\u00e9',
    '',
    '__proto__',
    'a b',
    '$where',
    '\u202eabc',
  ];
  const escaped = write.edited('escaped', '"source"', '"s\\u006furce"');
  return [
    ...all(write, 'attribute-name', [
      ...names.map((name): Case => [
        JSON.stringify(name),
        write.bytes('name', { attributes: `"${name}":1,` }),
      ]),
      ['source, spelled with an escape', escaped],
      ['another, spelled with an escape', write.bytes('name', { attributes: '"\\u0061":1,' })],
    ]),
    ...all(
      write,
      'attribute-reserved',
      Array.from(RESERVED_ATTRIBUTES, (name): Case => [
        name,
        write.bytes('reserved', { attributes: `"${name}":"2020-01-01T00:00:00Z",` }),
      ]),
    ),
  ];
}

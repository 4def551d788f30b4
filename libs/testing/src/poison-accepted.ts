import { LIMITS } from '@auditorium/events';
import { all, type Case, type Poison } from './poison-cases.ts';
import type { LineWriter } from './poison-lines.ts';
import type { SentRecord } from './send-records.ts';

const INJECTIONS: readonly string[] = [
  '=cmd|\' /C calc\'!A0', '+1+1', '-2+3', '@SUM(1)', '\t=1', '"; DROP TABLE event; --', "' OR 1=1 --", '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>', '{{7*7}}', '${7*7}', '%s%n', '../../../../etc/passwd', 'javascript:alert(1)',
  '\u001b[2J\u001b]0;owned\u0007', '\u009b31m', '\u007f\b\b', '\u202egnp.exe', '\u200b\u200d\ufeff', '\ufffe\uffff',
  '\u2028\u2029', '\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69', 'e\u0301'.repeat(20), '\\', '\\\\"', 'null', '\r\n{"forged":true}',
]; // prettier-ignore

/** Accepted, and dangerous to a spreadsheet, a page, a shell or a terminal that shows them as they are. */
export function nastyTexts(write: LineWriter): Poison[] {
  return all(
    write,
    'accepted',
    INJECTIONS.flatMap((text, index): Case[] => {
      const json = JSON.stringify(text);
      return [
        [`the note ${json}`, write.bytes(`note ${index}`, { note: json })],
        [`the id ${json}`, write.bytes('', { id: JSON.stringify(`${text}#`) })],
        [
          `who and what ${json}`,
          write.bytes(`who ${index}`, {
            actor: `{"type":"user","id":${json}}`,
            target: `{"type":"thing","id":${json},"name":${json}}`,
            attributes: `"subject":${json},`,
          }),
        ],
      ];
    }),
  );
}

export function nastyNumbers(write: LineWriter): Poison[] {
  const numbers = ['1e999', '-1e999', '1e-999', '-0', '-0.0', '9007199254740993', '1E+400', `1${'0'.repeat(400)}`, `0.${'1'.repeat(5000)}`,
    '1e131073', '1e999999999999', `${'9'.repeat(200_000)}`]; // prettier-ignore
  return all(write, 'accepted', [
    ...numbers.map((note, index): Case => [
      `the number ${note.slice(0, 20)}`,
      write.bytes(`number ${index}`, { note }),
    ]),
    ['an attribute that is a long number', write.bytes('sampled', { attributes: '"sampledrate":1e999,' })],
  ]);
}

export function nastyNames(write: LineWriter): Poison[] {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'then',
    '',
    ' ',
    '$ref',
    '\\u0061\\u0062',
    '\\n',
    '\\"',
    'a.b[0]',
  ];
  return all(write, 'accepted', [
    ...names.map((name, index): Case => [
      `the name ${name}`,
      write.bytes(`name ${index}`, { metadata: `,"${name}":{"${name}":{"polluted":true}}` }),
    ]),
    [
      '__proto__ beside data',
      write.edited('proto in data', '"actor"', '"__proto__":{"outcome":"denied"},"actor"'),
    ],
    ['blanks everywhere', write.line('blanks').replaceAll(/([{}[\],:])(?=["{[\]}])/g, '$1 \t ')],
    ['slashes escaped', write.bytes('slashes', { note: '"\\/\\/"' })],
  ]);
}

export function nastySizes(write: LineWriter): Poison[] {
  const keys = Array.from({ length: LIMITS.keys - 16 }, (_, index) => `,"k${index}":0`).join('');
  const target = '{"type":"project","id":"p"}';
  return all(write, 'accepted', [
    ['as large as an event may be', write.ofSize('largest', LIMITS.eventBytes)],
    ['as large, of quotes', quotes(write)],
    ['as deep as an event may be', write.bytes('deepest', { note: '['.repeat(LIMITS.depth - 3) + ']'.repeat(LIMITS.depth - 3) })],
    ['as many names as an event may have', write.bytes('widest', { metadata: keys })],
    ['the longest id', write.bytes('', { id: `"${'i'.repeat(LIMITS.idBytes)}"` })],
    ['the longest type', write.bytes('longest type', { type: `"a.${'b'.repeat(LIMITS.typeBytes - 2)}"` })],
    ['the longest actor', write.bytes('longest actor', { actor: `{"type":"${'t'.repeat(64)}","id":"${'u'.repeat(LIMITS.actorIdBytes)}"}` })],
    ['the longest target', write.bytes('longest target', { target: `{"type":"${'t'.repeat(64)}","id":"${'\u20ac'.repeat(682)}"}` })],
    ['300 targets', write.bytes('300 targets', { target: Array.from({ length: 300 }, () => target).join() })],
    ['no targets', write.bytes('no targets', { target: '' })],
  ]); // prettier-ignore
}

export function nastyHeaders(write: LineWriter): Poison[] {
  const key = Buffer.from(write.org);
  const cases: [string, SentRecord['headers']][] = [
    ['one header of half a megabyte', [['trace', 'x'.repeat(500_000)]]],
    ['a thousand', Array.from({ length: LIMITS.recordHeaders }, (_, index) => [`h${index}`, 'x'])],
    ['a name a thousand times', Array.from({ length: LIMITS.recordHeaders }, () => ['again', 'x'])],
    ['an outbox named twice: the last one counts', [['outbox', ''], ['outbox', 'poison/4'], ['outbox-seq', '-1'], ['outbox-seq', '1']]],
    ['names of objects', [['__proto__', 'x'], ['constructor', 'x'], ['hasOwnProperty', 'x'], ['toString', null]]],
    ['ours from behind', [['verdict', 'rejected'], ['raw-offset', '0'], ['raw-from', '0'], ['code', 'nul'], ['digest', '00']]],
    ['a name that is none', [['', 'x'], [Buffer.from([0xff]), Buffer.from([0xff])], ['\0', '\0']]],
    ['no value', [['trace', null]]],
  ]; // prettier-ignore
  return cases.map(([name, headers], index) => ({
    name: `accepted: ${name}`,
    verdict: 'accepted',
    key,
    value: write.bytes(`headers ${index}`),
    headers: headers ?? [],
  }));
}

/** Twice as long once it is a text inside of another one. */
function quotes(write: LineWriter): Buffer {
  const room = LIMITS.eventBytes - write.line('quotes').length;
  return write.bytes('quotes', { note: `"${'\\"'.repeat(Math.floor(room / 2))}"` });
}

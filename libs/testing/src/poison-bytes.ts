import { LIMITS } from '@auditorium/events';
import { all, keyed, type Case, type Poison } from './poison-cases.ts';
import { LineWriter } from './poison-lines.ts';
import type { SentRecord } from './send-records.ts';

const half = (text: string): Buffer => Buffer.from(text, 'latin1');

export function badKeys(write: LineWriter, strangers: readonly string[]): Poison[] {
  const value = write.bytes('bad key');
  const invalid = [
    '',
    'a/b',
    '../../etc/passwd',
    '..',
    'a b',
    `${write.org}\n`,
    `${write.org}\0`,
    'é',
    '%2e%2e',
  ];
  return [
    keyed('no-key', 'an event', null, value),
    keyed('no-key', 'nothing', null, null),
    ...invalid.map((key) => keyed('org-invalid', JSON.stringify(key), Buffer.from(key), value)),
    keyed('org-invalid', 'too long by one', Buffer.alloc(57, 'a'), value),
    keyed('org-invalid', 'no UTF-8', Buffer.from([0xff, 0xfe]), value),
    keyed('org-invalid', 'as large as Kafka takes', Buffer.alloc(900_000, 'k'), null),
    keyed(
      'org-invalid',
      'large, of a large event',
      Buffer.alloc(640_000, 'k'),
      write.ofSize('large', 250_000),
    ),
    ...strangers.map((org) =>
      keyed('wrong-partition', org, Buffer.from(org), new LineWriter(org, 0).bytes('stranger')),
    ),
  ];
}

export function badOutboxes(write: LineWriter): Poison[] {
  const key = Buffer.from(write.org);
  const headers: [string, SentRecord['headers']][] = [
    ['no number', [['outbox', 'shop/1']]],
    ['no name', [['outbox-seq', '1']]],
    [
      'a number without a value',
      [
        ['outbox', 'shop/1'],
        ['outbox-seq', null],
      ],
    ],
    [
      'a name without a value',
      [
        ['outbox', null],
        ['outbox-seq', '1'],
      ],
    ],
    [
      'a name that ends without a value',
      [
        ['outbox', 'shop/1'],
        ['outbox', null],
        ['outbox-seq', '1'],
      ],
    ],
    [
      'a name that is empty',
      [
        ['outbox', ''],
        ['outbox-seq', '1'],
      ],
    ],
    [
      'a name that is too long',
      [
        ['outbox', 'x'.repeat(LIMITS.outboxBytes + 1)],
        ['outbox-seq', '1'],
      ],
    ],
    [
      'a name of a megabyte',
      [
        ['outbox', 'x'.repeat(800_000)],
        ['outbox-seq', '1'],
      ],
    ],
    [
      'a name with NUL',
      [
        ['outbox', 'shop\0'],
        ['outbox-seq', '1'],
      ],
    ],
    [
      'a name that is no UTF-8',
      [
        ['outbox', Buffer.from([0xc3, 0x28])],
        ['outbox-seq', '1'],
      ],
    ],
    ...['', '-1', '-0', '+1', ' 1', '1 ', '1.5', '1e3', '0x10', '9007199254740992', '9007199254740993'].map(
      (number) =>
        [
          `the number ${JSON.stringify(number)}`,
          [
            ['outbox', 'shop/1'],
            ['outbox-seq', number],
          ],
        ] as const,
    ),
    [
      'a number of 2^63',
      [
        ['outbox', 'shop/1'],
        ['outbox-seq', '9223372036854775808'],
      ],
    ],
    [
      'a number of a megabyte',
      [
        ['outbox', 'shop/1'],
        ['outbox-seq', '9'.repeat(800_000)],
      ],
    ],
    [
      'a number in other digits',
      [
        ['outbox', 'shop/1'],
        ['outbox-seq', '\u0663'],
      ],
    ],
  ] as [string, SentRecord['headers']][];
  return headers.map(([name, given], index) => ({
    name: `outbox-invalid: ${name}`,
    verdict: 'outbox-invalid',
    key,
    value: write.bytes(`outbox ${index}`),
    headers: given ?? [],
  }));
}

export function badBytes(write: LineWriter): Poison[] {
  const inText = (bytes: Buffer): Buffer => {
    const [before, after] = write.line('bytes', { note: '"|"' }).split('|') as [string, string];
    return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
  };
  return [
    ...all(write, 'no-value', [['nothing', null]]),
    ...all(write, 'too-large', [
      ['by one byte', write.ofSize('large', LIMITS.eventBytes + 1)],
      ['as large as Kafka takes', write.ofSize('larger', 900_000)],
      ['blanks alone', Buffer.alloc(LIMITS.eventBytes + 1, ' ')],
    ]),
    ...all(write, 'invalid-utf8', [
      ['a byte that is none', inText(Buffer.from([0xff]))],
      ['an overlong NUL', inText(Buffer.from([0xc0, 0x80]))],
      ['an overlong slash', inText(Buffer.from([0xe0, 0x80, 0xaf]))],
      ['half of a surrogate pair', inText(Buffer.from([0xed, 0xa0, 0x80]))],
      ['beyond Unicode', inText(Buffer.from([0xf4, 0x90, 0x80, 0x80]))],
      ['a character cut off at the end', Buffer.concat([write.bytes('cut'), Buffer.from([0xe2, 0x82])])],
      ['Latin-1', inText(half('\xe9'))],
      ['UTF-16', Buffer.from(`\ufeff${write.line('utf16')}`, 'utf16le')],
    ]),
    ...all(write, 'raw-newline', [
      ['printed over several lines', JSON.stringify(JSON.parse(write.line('pretty')), null, 2)],
      ['a newline at the end', `${write.line('newline')}\n`],
      ['CR LF at the end', `${write.line('crlf')}\r\n`],
      ['a newline in a text', inText(Buffer.from('\n'))],
      ['two events', `${write.line('one')}\n${write.line('two')}`],
    ]),
    ...all(write, 'nul', [
      ['a byte in a text', inText(Buffer.alloc(1))],
      ['a byte at the end', `${write.line('end')}\0`],
      ['an escape in a text', write.bytes('nul', { note: '"\\u0000"' })],
      ['an escape in a name', write.bytes('nul', { metadata: ',"a\\u0000b":1' })],
      ['an escape in the id', write.bytes('', { id: '"a\\u0000"' })],
    ]),
  ];
}

export function badJson(write: LineWriter): Poison[] {
  const notes = [
    "'x'",
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '0x10',
    'NaN',
    'Infinity',
    '-',
    'tru',
    'undefined',
    '',
    '[1,]',
  ];
  const texts = ['"\t"', '"\u0001"', '"\\x41"', '"\\u12g4"', '"\\', '"open'];
  return all(write, 'not-json', [
    ...['', ' ', 'hello', '{', '}', '{"a":1}}', '{"a":1,}', '{a:1}', '{"a" 1}', '{"a":1}{"a":1}'].map(
      (line): Case => [JSON.stringify(line), line],
    ),
    ['a mark in front', `\ufeff${write.line('bom')}`],
    ['a comment', write.edited('comment', '"data"', '/**/"data"')],
    ['two members without a comma', write.edited('comma', ',"data"', ' "data"')],
    ['another kind of blank', write.edited('blank', '"data"', '\u00a0"data"')],
    ['cut off', write.bytes('cut').subarray(0, -1)],
    ['with more behind it', `${write.line('more')} x`],
    ...[...notes, ...texts].map((note): Case => [`the value ${note}`, write.bytes('value', { note })]),
  ]);
}

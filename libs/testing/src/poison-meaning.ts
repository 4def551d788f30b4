import { LIMITS } from '@auditorium/events';
import { all, type Case, type Poison } from './poison-cases.ts';
import type { LineWriter } from './poison-lines.ts';

const DAY_MS = 86_400_000;

export function badEnvelope(write: LineWriter): Poison[] {
  const without = (name: string): Buffer => write.edited('without', new RegExp(`"${name}":"[^"]*",`), '');
  return all(write, 'not-cloudevent', [
    ...['{}', '[]', '[{}]', '"text"', '1', 'true', 'null', '{"a":1}'].map((line): Case => [line, line]),
    ['another version', write.edited('version', '"1.0"', '"0.3"')],
    ['a version that is a number', write.edited('version', '"1.0"', '1.0')],
    ...['specversion', 'id', 'source', 'type'].map((name): Case => [`no ${name}`, without(name)]),
    ...['1', 'null', '{}', '[]', '""', 'true'].map((id): Case => [`the id ${id}`, write.bytes('', { id })]),
    ['an id that is too long by one', write.bytes('', { id: `"${'i'.repeat(LIMITS.idBytes + 1)}"` })],
    ['an id too long in UTF-8', write.bytes('', { id: `"${'\u20ac'.repeat(86)}"` })],
    [
      'a source that is too long',
      write.edited('source', '"poison"', `"${'s'.repeat(LIMITS.sourceBytes + 1)}"`),
    ],
    ...['"nodot"', '".a"', '"a."', '"a..b"', '"a b.c"', '"a/b.c"', '"a.<b>"', '7'].map((type): Case => [
      `the type ${type}`,
      write.bytes('type', { type }),
    ]),
    ['a type that is too long', write.bytes('type', { type: `"a.${'b'.repeat(LIMITS.typeBytes)}"` })],
    ['a subject that is no text', write.bytes('subject', { attributes: '"subject":7,' })],
    ['an attribute that is an object', write.bytes('object', { attributes: '"ext":{},' })],
    ['an attribute that is an array', write.bytes('array', { attributes: '"ext":[],' })],
  ]);
}

export function badTimes(write: LineWriter, now: number): Poison[] {
  const ahead = (ms: number): string => JSON.stringify(new Date(now + ms).toISOString());
  const none = [
    '"yesterday"', '""', '7', 'null', '"2026-13-01T00:00:00Z"', '"2026-02-29T00:00:00Z"', '"2026-01-01T24:00:00Z"',
    '"2026-01-01T23:59:60Z"', '"2026-01-01T00:00:00"', '"2026-01-01 00:00:00Z"', '"2026-01-01t00:00:00z"', '"2026-01-01"',
    '"2026-01-01T00:00:00+15:00"', '"2026-01-01T00:00:00.1234567890Z"', '"0000-01-01T00:00:00Z"', '"-0001-01-01T00:00:00Z"',
    '"+12026-01-01T00:00:00Z"', '"2026-01-01T00:00:00Z "', '"\u0662026-01-01T00:00:00Z"',
  ]; // prettier-ignore
  return [
    ...all(write, 'time-invalid', [
      ...none.map((time): Case => [time, write.bytes('time', { time })]),
      ['no time', write.edited('time', /"time":"[^"]*",/, '')],
    ]),
    ...all(write, 'time-ahead', [
      ['by a day and an hour', write.bytes('ahead', { time: ahead(DAY_MS + 3_600_000) })],
      ['the end of time', write.bytes('ahead', { time: '"9999-12-31T23:59:59.999999999-14:59"' })],
    ]),
    ...all(write, 'accepted', [
      ['23 hours ahead', write.bytes('23 hours ahead', { time: ahead(DAY_MS - 3_600_000) })],
      ['the first moment', write.bytes('first moment', { time: '"0001-01-01T00:00:00Z"' })],
      ['before the first moment', write.bytes('before it', { time: '"0001-01-01T00:00:00+14:59"' })],
      ['a leap day', write.bytes('leap day', { time: '"2000-02-29T23:59:59.999999999+00:00"' })],
      ['nanoseconds', write.bytes('nanoseconds', { time: '"2020-01-01T00:00:00.123456789-08:30"' })],
    ]),
  ];
}

export function badData(write: LineWriter): Poison[] {
  const actors = ['null', '"u_1"', '[]', '{}', '{"id":"u"}', '{"type":"user"}', '{"type":"user","id":""}', '{"type":"user","id":7}',
    '{"type":"a/b","id":"u"}', '{"type":"","id":"u"}', `{"type":"user","id":"${'u'.repeat(LIMITS.actorIdBytes + 1)}"}`]; // prettier-ignore
  const targets = [
    'null',
    '"p_1"',
    '{}',
    '{"type":"project"}',
    '{"type":"a b","id":"p"}',
    '{"type":"p","id":"p","name":7}',
  ];
  const rest = (outcome: string, more = ''): string =>
    `{"actor":{"type":"user","id":"u"},"targets":[],"outcome":${outcome}${more}}`;
  return all(write, 'data-invalid', [
    ['no data', write.edited('no data', /,"data":.*$/, '}')],
    ...['null', '[]', '"data"', '7', '{}'].map((data): Case => [
      `the data ${data}`,
      write.bytes('data', { data }),
    ]),
    ...actors.map((actor): Case => [`the actor ${actor.slice(0, 40)}`, write.bytes('actor', { actor })]),
    ...targets.map((target): Case => [`the target ${target}`, write.bytes('target', { target })]),
    ['targets that are no list', write.bytes('targets', { data: rest('"success"').replace('[]', '{}') })],
    ...['"ok"', '""', 'null', 'true', '"SUCCESS"'].map((outcome): Case => [
      `the outcome ${outcome}`,
      write.bytes('outcome', { data: rest(outcome) }),
    ]),
    ['a context that is no object', write.bytes('context', { data: rest('"denied"', ',"context":[]') })],
    [
      'an address that is a number',
      write.bytes('context', { data: rest('"denied"', ',"context":{"ip":1}') }),
    ],
    ['metadata that are a list', write.bytes('metadata', { data: rest('"denied"', ',"metadata":[]') })],
  ]);
}

export function badOrgs(write: LineWriter): Poison[] {
  const orgs = [
    '"org_somebody_else"',
    JSON.stringify(`${write.org} `),
    JSON.stringify(write.org.toUpperCase()),
    'null',
    '7',
    '""',
  ];
  return all(write, 'org-mismatch', [
    ...orgs.map((org): Case => [org, write.bytes('forged', { org })]),
    ['none', write.edited('none', /"orgid":"[^"]*",/, '')],
  ]);
}

/** Judged by what came before: the first of each is good. */
export function badHistory(write: LineWriter): Poison[] {
  const key = Buffer.from(write.org);
  const sent = (
    verdict: Poison['verdict'],
    id: string,
    note: string,
    outbox?: string,
    number?: string,
  ): Poison => ({
    name: `${verdict}: ${id} ${note} ${outbox ?? ''} ${number ?? ''}`,
    verdict,
    key,
    value: write.bytes(id, { note: JSON.stringify(note) }),
    headers:
      outbox === undefined
        ? []
        : [
            ['outbox', outbox],
            ['outbox-seq', number ?? '0'],
          ],
  });
  return [
    sent('accepted', 'h1', 'first', 'poison/1', '10'),
    sent('repeat', 'h1', 'first', 'poison/1', '10'),
    sent('repeat', 'h1', 'first', 'poison/1', '11'),
    sent('sequence-reused', 'h2', 'after a restore', 'poison/1', '9'),
    sent('sequence-reused', 'h1', 'changed', 'poison/1', '11'),
    sent('id-reused', 'h1', 'changed'),
    sent('accepted', 'h3', 'the largest number', 'poison/2', '9007199254740991'),
    sent('sequence-reused', 'h4', 'nothing is larger', 'poison/2', '9007199254740991'),
    sent('accepted', 'h5', 'an import', 'import/poison', '0'),
    sent('repeat', 'h6', 'mapped otherwise', 'import/poison', '0'),
    sent('accepted', 'h7', 'leading zeros', 'poison/3', '0000000000000007'),
    sent('sequence-reused', 'h8', 'the same number', 'poison/3', '7'),
    sent('id-reused', 'h7', 'other content'),
  ];
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { checkEvent, EVENT_TYPE } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IMPORT_FORMATS } from '../src/importers/formats.ts';
import { emptyReport, skippedIn, type ImportReport } from '../src/import-report.ts';
import { importOutbox, importRecords } from '../src/import-records.ts';
import { formatNamed, inPieces, readAll, textsOf } from './support/reading.ts';

const NOW = Date.parse('2026-11-01T00:00:00Z');

interface Imported {
  readonly report: ImportReport;
  readonly events: { readonly line: Buffer; readonly sequence: number }[];
}

async function imported(
  name: string,
  bytes: Buffer | string,
  org = 'org_acme',
  size = 65_536,
): Promise<Imported> {
  const report = emptyReport();
  const events = [];
  const chunks = inPieces(Buffer.from(bytes), size);
  for await (const event of importRecords(chunks, { format: formatNamed(name), org, now: NOW, report }))
    events.push(event);
  return { report, events };
}

/** An event as JSON, as loose as tests like it. */
type Json = any; // oxlint-disable-line typescript/no-explicit-any

const parsed = ({ events }: Imported): Json[] => events.map(({ line }) => JSON.parse(line.toString()));
const sample = (name: string): Buffer => readFileSync(new URL(`samples/${name}`, import.meta.url));

test('CloudTrail: each record becomes an event that says who did what to what, and how it ended', async () => {
  const result = await imported('cloudtrail', sample('cloudtrail.json'));
  expect(
    parsed(result).map(({ type, time, subject, data }) => [type, time, data.actor, subject, data.outcome]),
  ).toEqual([
    [
      'iam.access-key.create',
      '2024-05-01T10:00:00Z',
      { type: 'iam-user', id: 'arn:aws:iam::111122223333:user/ana' },
      'user/bob',
      'success',
    ],
    [
      's3.object.get',
      '2024-05-01T10:00:01Z',
      { type: 'assumed-role', id: 'arn:aws:sts::111122223333:assumed-role/app/i-1' },
      's3-object/secrets/a/b.txt',
      'denied',
    ],
    [
      'signin.console-login',
      '2024-05-01T10:00:02Z',
      { type: 'root', id: '111122223333' },
      'aws-service/signin.amazonaws.com',
      'failure',
    ],
    [
      'signin.console-login',
      '2024-05-01T10:00:02Z',
      { type: 'root', id: '111122223333' },
      'aws-service/signin.amazonaws.com',
      'success',
    ],
    [
      'ec2.instances.describe',
      '2024-05-01T10:00:03Z',
      { type: 'unknown', id: 'unknown' },
      'instance/i-1',
      'success',
    ],
  ]);
  expect(result.report).toMatchObject({ read: 7, emitted: 5 });
  expect([...result.report.skipped]).toEqual([
    ['its time is not RFC 3339', { count: 1, first: expect.stringContaining('byte') }],
    [
      'no CloudTrail record: eventName or eventSource is missing',
      { count: 1, first: expect.stringContaining('byte') },
    ],
  ]);
  expect(result.report.notes.get('no actor: userIdentity names nobody')).toBe(1);
});

test('no digit of a long number is lost on the way into the event', async () => {
  const { events } = await imported('cloudtrail', sample('cloudtrail.json'));
  expect(events[1]!.line.toString()).toContain('"bytesTransferredOut":12345678901234567890}');
});

test('two records under one id of the source stay two events', async () => {
  const ids = parsed(await imported('cloudtrail', sample('cloudtrail.json'))).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('Google Workspace: each event of an activity is one of ours and keeps what its siblings say', async () => {
  const result = await imported('google-workspace', sample('google-workspace.json'));
  const events = parsed(result);
  expect(events.map(({ type, subject, data }) => [type, data.actor, subject, data.outcome])).toEqual([
    ['drive.create', { type: 'user', id: '1001' }, 'drive-item/d1', 'success'],
    ['drive.user-access.change', { type: 'user', id: '1001' }, 'drive-item/d1', 'success'],
    ['login.login-failure', { type: 'key', id: 'SYSTEM' }, 'google-workspace-customer/C1', 'failure'],
    ['login.login-success', { type: 'user', id: '1002' }, 'user/1002', 'success'],
  ]);
  expect(events[1].data).toMatchObject({
    targets: [
      { type: 'drive-item', id: 'd1' },
      { type: 'user', id: 'bob@example.test' },
    ],
    before: { value: ['none'] },
    after: { value: ['owner'] },
    metadata: { event: 1 },
  });
  expect(events[0].data.metadata.record).toEqual(events[1].data.metadata.record);
  expect(result.events.map(({ sequence }) => sequence)).toEqual([0, 1, 1000, 2000]);
  expect([...result.report.skipped.keys()]).toEqual(['the activity has no events']);
  expect([...result.report.notes.keys()]).toContain(
    'member "kind" stands beside the records and belongs to none of them',
  );
});

test('an activity too large to be repeated in each of its events is kept in parts that lose nothing', async () => {
  const events = Array.from({ length: 300 }, (_none, n) => ({
    name: 'add_subscription',
    parameters: [
      { name: 'calendar_id', value: `c${n}` },
      { name: 'x', value: 'y' },
    ],
  }));
  const activity = {
    id: { time: '2024-05-01T10:00:00Z', applicationName: 'calendar' },
    actor: { profileId: '1' },
    events,
  };
  const result = await imported('google-workspace', JSON.stringify({ items: [activity] }));
  expect(result.report).toMatchObject({ read: 1, emitted: 300 });
  expect(parsed(result).flatMap(({ data }) => data.metadata.record.events)).toEqual(events);
});

test('S3 access: hostile cells are kept as they are and nothing in them is believed', async () => {
  const result = await imported('s3-access', sample('s3-access.csv'));
  const events = parsed(result);
  expect(events.map(({ type, time, subject, data }) => [type, time, data.actor.id, subject])).toEqual([
    ['s3.objects.list', '2024-05-01T10:00:00Z', 'anonymous', 's3-bucket/b'],
    ['s3.object.put', '2024-05-01T10:00:01+02:00', 'AIDA1', "s3-object/b/it's here"],
    ['s3.bucket.head', '2024-05-01T10:00:02Z', 'unknown', 's3-bucket/unknown'],
  ]);
  const agent = `=cmd|' /C calc'!A0, "quoted"\n<script>alert(1)</script>`;
  expect(events[0].data.context.userAgent).toBe(agent);
  expect(events[0].data.metadata.record['Request User Agent']).toBe(agent);
  expect(events[2].data.metadata.record['column 11']).toBe('one too many');
  expect([...result.report.skipped.keys()]).toEqual([
    'no time: the column "Event DateTime" is missing or empty',
  ]);
});

test('cells that are no UTF-8, a column called __proto__ and columns of one name keep everything', async () => {
  const csv = Buffer.concat([
    Buffer.from('Event Name,Event DateTime,__proto__,7,Note,Note\nPutObject,2024-05-01T10:00:00Z,p,seven,a,'),
    Buffer.from([0xff, 0x00, 0xfe]),
    Buffer.from('\n'),
  ]);
  const [text] = textsOf(await readAll('s3-access', csv));
  expect(text).toBe(
    '{"Event Name":"PutObject","Event DateTime":"2024-05-01T10:00:00Z","__proto__":"p","7":"seven","Note":"a","Note 2":{"base64":"/wD+"}}',
  );
});

test('a quote that never closes is told with the place', async () => {
  const read = await readAll(
    's3-access',
    'Event Name,Event DateTime\nPutObject,2024-05-01T10:00:00Z\n"PutObject,2024',
  );
  expect(read.at(-1)).toMatchObject({
    where: 'the rest of the file',
    reason: expect.stringContaining('Quote Not Closed'),
  });
});

test('whatever the records hold: the same content gives the same events, other content other ids', async () => {
  const record = fc.record(
    {
      eventName: fc.constantFrom('GetObject', 'Login', ''),
      eventSource: fc.constantFrom('s3.amazonaws.com', 'x'),
      eventTime: fc.constantFrom('2024-05-01T10:00:00Z', 'never', '2024-05-01T10:00:00.000000001+14:00'),
      eventID: fc.constantFrom('1', '2'),
      requestParameters: fc.jsonValue({ maxDepth: 40 }),
      userIdentity: fc.jsonValue({ maxDepth: 3 }),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 8 }),
      fc.integer({ min: 1, max: 64 }),
      async (records, size) => {
        const lines = records.map((one) => JSON.stringify(one));
        const first = await imported('cloudtrail', lines.join('\n'));
        const again = await imported(
          'cloudtrail',
          `{"Records": [ ${lines.join(' ,\n')} ]}`,
          'org_acme',
          size,
        );
        expect(again.events).toEqual(first.events);
        expect(first.report.read).toBe(records.length);
        expect(first.report.emitted + skippedIn(first.report)).toBe(records.length);
        const byId = Map.groupBy(parsed(first), ({ id }) => id);
        for (const same of byId.values())
          expect(new Set(same.map((event) => JSON.stringify(event))).size).toBe(1);
        for (const { line } of first.events)
          expect(checkEvent(line, Buffer.from('org_acme'), NOW).ok).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

test('the outbox of an import names content, source and org', () => {
  const [cloudtrail, workspace] = IMPORT_FORMATS;
  const digest = createHash('sha256').update('x').digest();
  const name = importOutbox('org_acme', cloudtrail!, digest);
  expect(name).toMatch(/^import\/[0-9a-f]{64}$/);
  expect(importOutbox('org_acme', cloudtrail!, digest)).toBe(name);
  expect(importOutbox('org_globex', cloudtrail!, digest)).not.toBe(name);
  expect(importOutbox('org_acme', workspace!, digest)).not.toBe(name);
});

const data = new URL('../../../../shared/data/', import.meta.url);
const present = existsSync(data);
if (!present)
  test.skip('the recorded data is not here (../shared/data beside the repository): nothing to import', () =>
    undefined);

describe.runIf(present)('recorded data', () => {
  const files = (folder: string, end: string): URL[] =>
    // The body of a skipped group is read all the same.
    (present ? readdirSync(new URL(folder, data)) : [])
      .filter((name) => name.endsWith(end))
      .map((name) => new URL(`${folder}${name}`, data));

  test.each(files('cloudtrail/', '.json'))('%s: every field of every record is in an event', async (file) => {
    const records = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const result = await imported('cloudtrail', readFileSync(file));
    expect(result.report).toMatchObject({ read: records.length, emitted: records.length });
    expect([...result.report.skipped]).toEqual([]);
    expect(parsed(result).map(({ data: { metadata } }) => metadata.record)).toEqual(
      records.map((line) => JSON.parse(line)),
    );
    expectSound(result);
  });

  test.each(files('google-workspace/', '.json'))(
    '%s: every event of every activity is one of ours',
    async (file) => {
      const { activities } = JSON.parse(readFileSync(file, 'utf8'));
      const expected = activities.flatMap((activity: Json) =>
        activity.events.map((_event: Json, n: number) => [activity, n]),
      );
      const result = await imported('google-workspace', readFileSync(file));
      expect(result.report).toMatchObject({ read: activities.length, emitted: expected.length });
      expect([...result.report.skipped]).toEqual([]);
      expect(parsed(result).map(({ data: { metadata } }) => [metadata.record, metadata.event])).toEqual(
        expected,
      );
      expect(parsed(result).map(({ time }) => time)).toEqual(
        expected.map(([activity]: Json) => activity.id.time),
      );
      expectSound(result);
    },
  );

  test.each(files('s3-access/', '.csv'))('%s: every row is an event with every cell', async (file) => {
    const result = await imported('s3-access', readFileSync(file));
    expect(result.report).toMatchObject({ read: 301, emitted: 301 });
    expect([...result.report.skipped]).toEqual([]);
    for (const {
      data: { metadata },
    } of parsed(result))
      expect(Object.keys(metadata.record)).toHaveLength(12);
    expectSound(result);
  });

  function expectSound(result: Imported): void {
    const events = parsed(result);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.map(({ type }) => type).filter((type) => !EVENT_TYPE.test(type))).toEqual([]);
    const sequences = result.events.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
  }
});

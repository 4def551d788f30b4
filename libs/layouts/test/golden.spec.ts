import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LAYOUT_NAMES, layoutOf, type Layout } from '../src/index.ts';
import { EXAMPLE_LINES, NAMES, OBJECT } from './example-events.ts';
import { queryParquet } from './parquet-rows.ts';

/**
 * What each layout makes of the examples, byte for byte. A version that is out never changes: a difference here means that
 * a new version is needed. A file that is missing is written, for whoever adds a layout to read and commit.
 */
const EXTENSIONS: Readonly<Record<string, string>> = { wiv: 'json', 'ocsf-parquet': 'parquet' };

function golden(layout: Layout, made: Buffer): Buffer {
  const name = `${layout.name}-${layout.version}.${EXTENSIONS[layout.name] ?? 'ndjson'}`;
  const file = new URL(`golden/${name}`, import.meta.url);
  if (!existsSync(file) && process.env['CI'] === undefined) writeFileSync(file, made);
  return readFileSync(file);
}

const contentOf = (name: string): Buffer => layoutOf(name).read(EXAMPLE_LINES).encode(NAMES);

describe('a version of a layout never changes', () => {
  it.each(LAYOUT_NAMES)('golden: the content of %s', (name) => {
    const made = contentOf(name);
    expect(made.equals(golden(layoutOf(name), made)), made.toString('utf8')).toBe(true);
  });

  it.each([
    ['auditorium', 'events', 'audit/org_acme/2026/11/21/41-97-4f1c0a9be2.ndjson.gz'],
    ['wiremock', 'events', 'audit/2026-11/21/2026-11-21T23-59-59-042Z-4c37zv8i.json'],
    ['wiv', 'org', 'audit/org_acme/org-audit-logs-1795305599042.json.gz'],
    ['wiv', 'user', 'audit/org_acme/user-audit-logs-1795305599042.json.gz'],
    ['wiv', 'api', 'audit/org_acme/api-audit-logs-1795305599042.json.gz'],
    ['airkit', 'events', 'audit/org_acme/2026/11/21/41-97-4f1c0a9be2.json.gz'],
    ['airkit-events', 'events', 'audit/org_acme/2026/11/21/41-97-4f1c0a9be2.json.gz'],
    ['weka-s3', 'events', 'audit/org_acme/2026/11/21/41-97-4f1c0a9be2.json.gz'],
    [
      'ocsf-parquet',
      '20261120',
      'audit/region=eu-central-1/accountId=external_org_acme/eventDay=20261120/41-97-4f1c0a9be2.parquet',
    ],
  ])('golden: the key of %s, part %s', (name, part, key) => {
    expect(layoutOf(name).keyOf({ ...OBJECT, part })).toBe(key);
  });
});

/** A record, as loose as tests like it. */
type Json = any; // oxlint-disable-line typescript/no-explicit-any

const linesOf = (name: string): Json[] =>
  contentOf(name)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('WM9–WM12: the layout wiremock', () => {
  it('WM9: keys of different plans differ, whatever their suffix begins with', () => {
    const keyOf = (suffix: string) => layoutOf('wiremock').keyOf({ ...OBJECT, suffix, prefix: '' });
    const keys = ['0000000000', '0000000001', 'ffffffffff', 'fffffffffe'].map(keyOf);
    for (const key of keys)
      expect(key).toMatch(
        /^\d{4}-\d{2}\/\d{2}\/\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z-[0-9a-z]{7,8}\.json$/,
      );
    expect(new Set(keys).size).toBe(4);
  });

  it('WM10: an entity without a name is called by its id, one without a target is the organisation', () => {
    const [, session, , admin] = linesOf('wiremock');
    expect(session).toMatchObject({
      entity: { id: 'org_acme', name: 'Acme', entityType: 'ORGANISATION' },
      principal: { id: 'u_ada', name: 'Ada Marsh', entityType: 'USER' },
      action: 'LOGIN',
      clientType: 'UI',
    });
    expect(admin).toMatchObject({
      entity: { entityType: 'ORGANISATION' },
      subject: { id: 'u_bob', name: 'u_bob', entityType: 'USER' },
      permission: 'ALL_PERMISSIONS',
      action: 'ACL_GRANT',
      clientType: 'ADMIN',
    });
  });

  it('WM10: a role that is granted is the permission, and whoever gets it the subject', () => {
    expect(linesOf('wiremock')[2]).toMatchObject({
      subject: { id: 'g_1', name: 'Auditors', entityType: 'TEAM' },
      permission: { permissions: [{ id: 'r_log', friendlyId: 'LOG-MANAGEMENT' }] },
      action: 'ACL_GRANT',
    });
  });

  it('WM10: an id that is no UUID becomes one, the same each time; a UUID stays', () => {
    const [first, , , , , , other] = linesOf('wiremock');
    expect(first?.['eventId']).toBe('0192f3c4-5b1e-7c55-9d43-0a4f6c1b7e01');
    expect(other?.['eventId']).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('WM11: what WireMock has no word for keeps ours', () => {
    expect(linesOf('wiremock').map(({ action }) => action)).toEqual([
      'UPDATE',
      'LOGIN',
      'ACL_GRANT',
      'ACL_GRANT',
      'CREATE',
      'UPDATE',
      'CREATE',
      'MEASURED',
    ]);
    expect(linesOf('wiremock').map(({ clientType }) => clientType)).toEqual([
      'UI',
      'UI',
      'UI',
      'ADMIN',
      'CLI',
      'SYSTEM',
      'UI',
      'API',
    ]);
  });

  it('WM12: a change to a destination is about an S3_AUDIT_SINK', () => {
    expect(linesOf('wiremock')[6]?.['entity']).toEqual({
      id: 'd_1',
      name: 'Lake',
      entityType: 'S3_AUDIT_SINK',
    });
  });
});

describe('WV1: the layout wiv', () => {
  const layout = layoutOf('wiv');
  const partOf = (type: string, actor: object = { type: 'user', id: 'u' }) =>
    layout.partOf?.(Buffer.from(JSON.stringify({ specversion: '1.0', type, data: { actor, targets: [] } })));

  it.each([
    ['project.renamed', undefined, 'org'],
    ['org.plan-changed', undefined, 'org'],
    ['group.role-granted', undefined, 'user'],
    ['session.started', undefined, 'user'],
    ['admin.user.create', undefined, 'user'],
    ['api-key.created', undefined, 'api'],
    ['project.renamed', { type: 'api-key', id: 'k' }, 'api'],
  ])('%s by %j belongs to a category', (type, actor, part) => {
    expect(partOf(type, actor)).toBe(part);
  });

  it('a line written in another order, or with escapes, belongs to the same', () => {
    const odd = `{"data": {"targets":[],"actor":{"id":"u","type":"user"}}, "type" : "session.st\\u0061rted"}`;
    expect(layout.partOf?.(Buffer.from(odd))).toBe('user');
  });

  it('WV2: the e-mail address is that of the person whom the event is about', () => {
    const records = JSON.parse(contentOf('wiv').toString()) as Record<string, unknown>[];
    expect(records.map((record) => record['relevant_user_email'])).toEqual([
      'ada@acme.example',
      'ada@acme.example',
      'ada@acme.example',
      null,
      null,
      null,
      'ada@acme.example',
      null,
    ]);
    expect(records[0]).toMatchObject({ event_type: 'ProjectRenamed', caused_by_type: 'User' });
    expect(records[4]).toMatchObject({ event_type: 'ApiKeyCreated', caused_by_type: 'ApiKey' });
  });
});

describe('AK4–AK6: the layouts airkit', () => {
  it('AK4: 29 columns, always all of them, in their order', () => {
    for (const line of linesOf('airkit')) expect(Object.keys(line)).toHaveLength(29);
    expect(linesOf('airkit')[6]).toMatchObject({
      EVENT_YEAR: 2026,
      EVENT_MONTH: '2026-11-01',
      EVENT_DATE: '2026-11-21',
      EVENT_TIME: '2026-11-21 23:30:00',
    });
  });

  it('AK5: an event has one of the 45 types where one fits, else our own action', () => {
    expect(linesOf('airkit').map((line) => line['EVENT_TYPE'])).toEqual([
      'project_renamed',
      'invalid_login',
      'user_role_added',
      'user_root_scope_assigned',
      'new_api_key',
      's3_object_put',
      'destination_created',
      'project_measured',
    ]);
  });

  it('AK6: five fields are always there, others only where the event has them', () => {
    const lines = linesOf('airkit-events');
    for (const line of lines) expect(line).toMatchObject({ organizationId: 'org_acme', kind: 'Audit' });
    expect(lines[1]).toMatchObject({ loginType: 'saml' });
    expect(lines[0]).not.toHaveProperty('loginType');
    expect(lines[0]).not.toHaveProperty('webhookId');
  });
});

describe('WK3: the layout weka-s3', () => {
  it('gives an S3 event back whole, but for its credentials', () => {
    const { requestHeader, ...rest } = linesOf('weka-s3')[5] as Record<string, unknown>;
    expect(rest).toMatchObject({ requestID: '1773CE9A70A978BB', time: '2026-11-21T09:00:06.915055685Z' });
    expect(requestHeader).toEqual({ 'Content-Type': 'image/jpeg' });
    expect(contentOf('weka-s3').toString()).not.toMatch(/authorization|AKIA/i);
  });

  it('maps any other event to the same form', () => {
    expect(linesOf('weka-s3')[0]).toMatchObject({
      api: { bucket: 'project', object: 'p_7', name: 'ProjectRenamed', status: 'OK', statusCode: 200 },
      remotehost: '192.0.2.1',
      requestID: 'r_1',
      time: '2026-11-21T09:00:01.120000000Z',
    });
  });
});

describe('Beyond 7: the layout ocsf-parquet', () => {
  it('is a file that another engine can query, sorted by time', async () => {
    const content = contentOf('ocsf-parquet');
    const byActivity = `SELECT activity_name || ' ' || count(*) FROM file GROUP BY activity_name ORDER BY 1`;
    expect(await queryParquet(content, `SELECT to_json(list(a))::VARCHAR FROM (${byActivity}) t(a)`)).toEqual(
      [['Create 2', 'Measured 1', 'Started 1', 'Update 4']],
    );
    const rows = (await queryParquet(content)) as { time: number; actor: { user: { name: string } } }[];
    expect(rows.map(({ time }) => time)).toEqual(rows.map(({ time }) => time).toSorted((a, b) => a - b));
    expect(rows[0]?.actor.user.name).toBe('Ada Marsh');
  });

  it('an event lies in the folder of the day on which it happened', () => {
    const layout = layoutOf('ocsf-parquet');
    const days = EXAMPLE_LINES.toString()
      .trimEnd()
      .split('\n')
      .map((line) => layout.partOf?.(Buffer.from(line)));
    expect(new Set(days)).toEqual(new Set(['20261121']));
    expect(layout.partOf?.(Buffer.from('{"time":"2026-11-21T23:30:00-01:00"}'))).toBe('20261122');
  });
});

it('numbers stay as the ledger has them', () => {
  const exact = '"metadata":{"big":12345678901234567890,"exact":1.10}';
  expect(contentOf('wiv').toString()).toContain(exact);
});

import { statSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loginFile, readLogin, writeLogin } from '../src/login.ts';
import { createApiClient } from '../src/api-client.ts';
import { follow } from '../src/tail-command.ts';
import { auditorium, pretendAuditorium, type Pretended } from './support/pretend-auditorium.ts';

let pretended: Pretended;

beforeAll(async () => {
  pretended = await pretendAuditorium();
});

afterAll(() => pretended.close());

beforeEach(() => {
  pretended.asked.length = 0;
  pretended.answer = () => undefined;
});

const event = (n: number, more: object = {}): object => ({
  key: `3-${n}`,
  time: `2026-11-21T11:00:0${n % 10}Z`,
  type: 'project.renamed',
  subject: `project/p_${n}`,
  actorname: null,
  data: {
    actor: { type: 'user', id: 'u_1' },
    targets: [{ type: 'project', id: `p_${n}` }],
    outcome: 'success',
  },
  ...more,
});

test('events --json prints every event whole, page after page, without a cap', async () => {
  const all = Array.from({ length: 1201 }, (_none, n) => event(n));
  pretended.answer = ({ query }) => {
    const from = Number(query['cursor'] ?? 0);
    const events = all.slice(from, from + Number(query['limit']));
    return {
      body: { events, next: from + events.length < all.length ? String(from + events.length) : null },
    };
  };
  const { code, out } = await auditorium(
    pretended,
    'events',
    '--org',
    'acme',
    '--action',
    'project.*',
    '--from',
    '-1h',
    '--json',
  );
  expect(code).toBe(0);
  expect(out.map((line) => JSON.parse(line))).toEqual(all);
  expect(pretended.asked[0]).toMatchObject({
    path: '/api/v1/orgs/acme/events',
    query: { action: 'project.*', from: '2026-11-21T11:00:00.000Z' },
    authorization: 'Bearer t-1',
  });
});

test('events as a table says that there are more, and nothing in an event can command the terminal', async () => {
  pretended.answer = () => ({
    body: { events: [event(1, { actorname: 'Ada \u001b[2J\u202e Marsh' })], next: 'more' },
  });
  const { out, err } = await auditorium(pretended, 'events', '--org', 'acme', '--limit', '1');
  expect(out.join('\n')).toMatch(/TIME +ACTION +ACTOR/);
  expect(out.join('\n')).toContain('Ada \ufffd[2J\ufffd Marsh');
  expect(err.join()).toContain('--json');
});

test('where nothing matches it is said from when the newest event is', async () => {
  pretended.answer = () => ({ body: { events: [], next: null, newest: '2022-08-15T16:24:44.109Z' } });
  const { err } = await auditorium(pretended, 'events', '--org', 'acme', '--from', '-1h');
  expect(err.join()).toContain('2022-08-15T16:24:44.109Z');
});

const terms = { start: 0, delivered: 5, pending: 2, filtered: 0, quarantined: 0, expired: 0 };
const reconciliation = {
  org: 'org_acme',
  at: '2026-11-21T12:00:00Z',
  head: 7,
  problems: [] as object[],
  equations: [],
  partition: {
    partition: 3,
    ledger: { accepted: 20, rejected: 1, repeats: 4, holes: 0 },
    log: { rawEnd: 27, unsealed: { records: 2, holes: 0 } },
  },
  view: { last: 26, events: 9, expected: 9 },
  destinations: [{ id: 'd_1', name: 'Acme bucket', state: 'healthy', ...terms, addsUp: true }],
};

test('Beyond 3 reconcile ends with 0 only when everything adds up', async () => {
  pretended.answer = () => ({ body: { ...reconciliation, addsUp: true } });
  const good = await auditorium(pretended, 'reconcile', '--org', 'acme');
  expect(good.code).toBe(0);
  expect(good.out.join('\n')).toMatch(/accepted, sealed +20\n +rejected +1\n +repeats +4\n/);
  expect(good.out.join('\n')).toMatch(/Acme bucket +healthy +7 +5 +2 +0 +0 +0 +adds up/);
  expect(good.out.join('\n')).toContain('Everything adds up.');

  const problem = { name: 'view', left: 8, right: 9, holds: false, says: 'events in the view = accepted' };
  pretended.answer = () => ({ body: { ...reconciliation, addsUp: false, problems: [problem] } });
  const bad = await auditorium(pretended, 'reconcile', '--org', 'acme');
  expect(bad.code).toBe(1);
  expect(bad.out.join('\n')).toContain('view: events in the view = accepted: 8 is not 9');

  const { addsUp: _gone, ...silent } = { ...reconciliation, addsUp: true };
  pretended.answer = () => ({ body: silent });
  expect((await auditorium(pretended, 'reconcile', '--org', 'acme', '--json')).code).toBe(1);
});

test('an org admin, to whom the partition of others is not told, gets a readable answer too', async () => {
  pretended.answer = () => ({ body: { ...reconciliation, addsUp: true, partition: { partition: 3 } } });
  const { code, out } = await auditorium(pretended, 'reconcile', '--org', 'acme');
  expect(code).toBe(0);
  expect(out.join('\n')).not.toContain('Raw offsets');
});

test.each([
  [401, { detail: 'The token has ended.' }, 'auditorium login'],
  [
    403,
    { detail: 'You may not read this log.', missing: 'LOG-MANAGEMENT' },
    'You lack the permission LOG-MANAGEMENT.',
  ],
  [404, { detail: 'There is no such organisation.' }, 'Check --org'],
])('a refusal with %s says what to do', async (status, body, hint) => {
  pretended.answer = () => ({ status, body });
  const { code, err } = await auditorium(pretended, 'events', '--org', 'acme');
  expect(code).toBe(1);
  expect(err.join()).toContain(body.detail);
  expect(err.join()).toContain(hint);
});

test('a service that is just being restarted is asked again', async () => {
  let asked = 0;
  pretended.answer = () =>
    (asked += 1) < 3 ? { status: 503, body: {} } : { body: { events: [event(1)], next: null } };
  const { code, out } = await auditorium(pretended, 'events', '--org', 'acme', '--json');
  expect([code, out.length]).toEqual([0, 1]);
});

test('quarantine list, show and resubmit', async () => {
  const record = {
    key: '3-9',
    code: 'too-large',
    org: 'org_acme',
    length: 300_000,
    source: 's',
    state: 'waiting',
  };
  pretended.answer = ({ method, path }) => {
    if (method === 'POST') return { body: { org: 'org_acme', partition: 3, rawOffset: 77 } };
    return { body: path.endsWith('/3-9') ? record : { events: [record], next: null } };
  };
  const list = await auditorium(pretended, 'quarantine', 'list', '--code', 'too-large');
  expect(list.out.join()).toMatch(/3-9 .*too-large .*org_acme .*300000/);
  const shown = await auditorium(pretended, 'quarantine', 'show', '3-9');
  expect(JSON.parse(shown.out.join())).toEqual(record);
  const sent = await auditorium(pretended, 'quarantine', 'resubmit', '3-9');
  expect(sent.out).toEqual(['3-9 was sent again as 3-77.']);
  expect(pretended.asked.at(-1)).toMatchObject({ method: 'POST', path: '/api/v1/quarantine/3-9/resubmit' });
});

test('destination create prints what to put in place; a test that fails is a failure for scripts', async () => {
  const made = {
    id: 'd_1',
    bucket: 'b',
    state: 'pending',
    externalId: 'x-1',
    permissionPolicy: { Version: '2012-10-17' },
  };
  pretended.answer = ({ path }) =>
    path.endsWith('/test') ? { body: { ok: false, step: 'assume-role' } } : { body: made };
  const arn = 'arn:aws:iam::123456789012:role/audit';
  const create = [
    'destination',
    'create',
    '--org',
    'acme',
    '--bucket',
    'b',
    '--role-arn',
    arn,
    '--region',
    'us-east-1',
  ];
  const created = await auditorium(pretended, ...create, '--window', '60');
  expect(created.out.join('\n')).toContain('External ID: x-1');
  expect(pretended.asked[0]).toMatchObject({
    method: 'POST',
    body: { bucket: 'b', roleArn: arn, region: 'us-east-1', windowSeconds: 60 },
  });
  const tested = await auditorium(pretended, 'destination', 'test', 'd_1', '--org', 'acme');
  expect(tested.code).toBe(1);
  expect(tested.out.join()).toContain('assume-role');
});

test('Beyond 7 a destination is made with a layout, and gets another later', async () => {
  pretended.answer = () => ({ body: { id: 'd_1', bucket: 'b', state: 'pending', layout: 'wiv' } });
  const place = ['--bucket', 'b', '--role-arn', 'arn:aws:iam::123456789012:role/a', '--region', 'us-east-1'];
  await auditorium(pretended, 'destination', 'create', '--org', 'acme', ...place, '--layout', 'wiv');
  expect(pretended.asked.at(-1)).toMatchObject({ method: 'POST', body: { layout: 'wiv' } });
  const changed = await auditorium(pretended, 'destination', 'layout', 'd_1', 'wiremock', '--org', 'acme');
  expect(changed.code).toBe(0);
  expect(pretended.asked.at(-1)).toMatchObject({
    method: 'PATCH',
    path: '/api/v1/orgs/acme/destinations/d_1',
    body: { layout: 'wiremock' },
  });
});

test('WM7 delete asks, and without anybody to ask it changes nothing unless it was confirmed', async () => {
  pretended.answer = () => ({ status: 204 });
  const refused = await auditorium(pretended, 'destination', 'delete', 'd_1', '--org', 'acme');
  expect(refused.code).toBe(2);
  expect(pretended.asked).toEqual([]);
  const confirmed = await auditorium(pretended, 'destination', 'delete', 'd_1', '--org', 'acme', '--yes');
  expect(confirmed.code).toBe(0);
  expect(pretended.asked[0]).toMatchObject({ method: 'DELETE', path: '/api/v1/orgs/acme/destinations/d_1' });
});

test.each([
  [['events'], '--org'],
  [['events', '--org', 'acme', '--limit', '0'], 'whole number'],
  [['events', '--org', 'acme', '--from', 'yesterday'], 'is no time'],
  [['nonsense'], 'unknown command'],
  [['emit', 'project.renamed', '--org', 'acme', '--actor', 'u_1'], '--target'],
])('wrong usage %j is exit code 2 and says how', async (args, said) => {
  const { code, err } = await auditorium(pretended, ...args);
  expect(code).toBe(2);
  expect(err.join()).toContain(said);
});

test('without a running system and without a login it is said how to get either', async () => {
  const { code, err } = await auditorium({ folder: '/', home: pretended.home }, 'events', '--org', 'acme');
  expect(code).toBe(2);
  expect(err.join()).toContain('npm start');
  expect(err.join()).toContain('auditorium login');
});

test('the local credentials are given to no other address', async () => {
  const { code, err } = await auditorium(
    pretended,
    'events',
    '--org',
    'acme',
    '--url',
    'https://elsewhere.example',
  );
  expect(code).toBe(2);
  expect(err.join()).toContain('auditorium login --url https://elsewhere.example');
  expect(pretended.asked).toEqual([]);
});

test('a login is kept for its owner alone, and used instead of the local system unless --local is given', async () => {
  const other = await pretendAuditorium();
  other.answer = () => ({ body: { events: [], next: null } });
  pretended.answer = other.answer;
  const login = {
    origin: other.origin,
    issuer: other.origin,
    clientId: 'c',
    accessToken: 'mine',
    expiresAt: Date.now() + 3_600_000,
  };
  writeLogin(other.home, login);
  expect(statSync(loginFile(other.home)).mode & 0o777).toBe(0o600);
  const place = { folder: pretended.folder, home: other.home };
  await auditorium(place, 'events', '--org', 'acme');
  expect(other.asked[0]?.authorization).toBe('Bearer mine');
  await auditorium(place, 'events', '--org', 'acme', '--local');
  expect([other.asked.length, pretended.asked.length]).toEqual([1, 1]);
  other.close();
});

test('login shows a code, waits until it is confirmed, and the token is renewed when it is about to end', async () => {
  const { home, origin } = pretended;
  pretended.answer = () => ({ body: { events: [], next: null } });
  const login = await auditorium(pretended, 'login', '--url', `${origin}/`, '--kafka', 'k1:9092,k2:9092');
  expect(login.code).toBe(0);
  expect(login.err.join()).toContain('ABCD-EFGH');
  expect(readLogin(home, undefined)).toMatchObject({
    origin,
    kafkaBrokers: ['k1:9092', 'k2:9092'],
    refreshToken: 'r-1',
  });
  await auditorium(pretended, 'events', '--org', 'acme');
  writeLogin(home, { ...readLogin(home, origin)!, expiresAt: 0 });
  await auditorium(pretended, 'events', '--org', 'acme');
  expect(pretended.asked.map(({ authorization }) => authorization)).toEqual([
    'Bearer t-person',
    'Bearer t-renewed',
  ]);
  expect(readLogin(home, origin)).toMatchObject({ accessToken: 't-renewed', refreshToken: 'r-1' });
  expect((await auditorium(pretended, 'logout')).code).toBe(0);
  expect(readLogin(home, undefined)).toBeUndefined();
});

test('tail shows what was last and then each new event once, in the order of the ledger', async () => {
  const all = Array.from({ length: 1300 }, (_none, n) => event(n));
  let known = 100;
  pretended.answer = ({ query }) => {
    const { after, limit } = query;
    const from = after === 'latest' ? known - Number(limit) : Number(after) + 1;
    const events = all.slice(from, Math.min(known, from + Number(limit)));
    known = Math.min(all.length, known + 600);
    return { body: { events, position: from + events.length - 1 } };
  };
  const shown: string[] = [];
  const stopping = new AbortController();
  const api = createApiClient({ origin: pretended.origin, token: () => Promise.resolve('t') });
  await follow(api, { org: 'acme' }, stopping.signal, ({ key }) => {
    shown.push(key);
    if (shown.length === 1210) stopping.abort();
  });
  expect(shown).toEqual(all.slice(90).map((one) => (one as { key: string }).key));
});

const gapAnswers: Record<string, object> = {
  '/api/v1/gaps/enrichment': {
    partitions: [
      {
        partition: 3,
        code: 'raw-loss',
        since: '2026-11-21T11:00:00.000Z',
        detail: 'raw begins at 7, but verdicts end at 4',
        lost: { from: 5, to: 6 },
        waiting: 20,
        next: 'gone for good? gap accept --partition 3 --from 5 --to 6 --reason "…"',
      },
    ],
    losses: [
      { partition: 1, from: 0, to: 9, reason: 'a disk \u001b[2J', by: 'u_op', at: '2026-11-20T00:00:00Z' },
    ],
    refills: [
      { partition: 2, from: 40, by: 'u_op', at: '2026-11-21T11:30:00Z', done: null, rememberedFrom: null },
    ],
  },
  '/api/v1/gaps/ledger': {
    partitions: [
      {
        partition: 2,
        last: 39,
        waiting: 8,
        gap: { from: 40, to: 41, since: '2026-11-21T11:10:00Z' },
        stopped: null,
      },
      { partition: 3, last: 4, waiting: 22, gap: null, stopped: null },
    ],
  },
  '/api/v1/gaps/view': {
    partitions: [
      { partition: 2, last: 35, waiting: 12, gap: null, stopped: null },
      { partition: 3, last: 4, waiting: 22, gap: null, stopped: null },
    ],
  },
};

test('gap show puts together what all services say, ends with 1, and hides nothing when one of them is away', async () => {
  pretended.answer = ({ path }) => ({ body: gapAnswers[path] });
  const { code, out } = await auditorium(pretended, 'gap', 'show');
  expect(code).toBe(1);
  const text = out.join('\n');
  expect(text).toMatch(/3 +enrichment +raw-loss +2026-11-21T11:00:00.000Z +5–6 +20/);
  expect(text).toMatch(/2 +ledger +verdict-gap +2026-11-21T11:10:00Z +40–41 +8/);
  expect(text).toContain('gap accept --partition 3 --from 5 --to 6');
  expect(text).toContain('gap refill --partition 2');
  expect(text).toContain('Partition 2 is to resume from 40');
  expect(text).toMatch(/1 +0–9 +u_op/);
  expect(text).not.toContain('\u001b');
  pretended.answer = ({ path }) =>
    path.endsWith('/view')
      ? { status: 403, body: { detail: 'only operators may do this' } }
      : { body: gapAnswers[path] };
  const json = await auditorium(pretended, 'gap', 'show', '--json');
  expect(JSON.parse(json.out[0]!)).toMatchObject({
    standing: [{ where: 'enrichment' }, { where: 'ledger', code: 'verdict-gap' }],
    unasked: [{ service: 'view', error: expect.stringContaining('only operators') }],
  });
});

test('gap show ends with 0 only when everybody answered and nothing stands still', async () => {
  const none = { partitions: [], losses: [], refills: [] };
  pretended.answer = () => ({ body: none });
  expect(await auditorium(pretended, 'gap', 'show')).toMatchObject({
    code: 0,
    out: ['Nothing stands still.'],
  });
  pretended.answer = ({ path }) => (path.endsWith('/ledger') ? undefined : { body: none });
  expect((await auditorium(pretended, 'gap', 'show')).code).toBe(1);
});

test('gap refill begins where the reader that is furthest behind stands, and guesses nothing when one is away', async () => {
  pretended.answer = ({ path, method }) =>
    method === 'POST' ? { body: { asked: true } } : { body: gapAnswers[path] };
  expect((await auditorium(pretended, 'gap', 'refill', '--partition', '2')).code).toBe(0);
  expect(pretended.asked.at(-1)).toMatchObject({ path: '/api/v1/gaps/2/refill', body: { from: 36 } });
  await auditorium(pretended, 'gap', 'refill', '--partition', '7');
  expect(pretended.asked.at(-1)).toMatchObject({ path: '/api/v1/gaps/7/refill', body: { from: 0 } });
  pretended.answer = ({ path }) => (path.endsWith('/ledger') ? undefined : { body: gapAnswers[path] });
  const { code, err } = await auditorium(pretended, 'gap', 'refill', '--partition', '2');
  expect(code).toBe(1);
  expect(err.join()).toContain('give --from');
  expect(pretended.asked.at(-1)?.method).toBe('GET');
});

test('gap accept sends exactly the range and the reason, and both must be given', async () => {
  pretended.answer = () => ({ body: { accepted: false } });
  const range = ['--partition', '3', '--from', '5', '--to', '6'];
  const { code, out } = await auditorium(pretended, 'gap', 'accept', ...range, '--reason', 'gone');
  expect(code).toBe(0);
  expect(out[0]).toContain('had been accepted as lost before');
  expect(pretended.asked).toMatchObject([
    { method: 'POST', path: '/api/v1/gaps/3/accept', body: { from: 5, to: 6, reason: 'gone' } },
  ]);
  expect((await auditorium(pretended, 'gap', 'accept', ...range)).code).toBe(2);
});

import { decideAccess, DirectoryView } from '@auditorium/access';
import { partitionOf, topicsOf } from '@auditorium/events';
import { followTopic } from '@auditorium/kafka';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACME, createWorld, PARTITIONS } from './harness.ts';
import type { World } from './harness.ts';

let world: World;
const MEMBERS = '/api/v1/orgs/acme/members';

beforeAll(async () => {
  world = await createWorld();
  await world.start();
  const operator = world.as('operator');
  await operator('POST', '/api/v1/orgs', ACME);
  await operator('POST', '/api/v1/orgs', {
    ...ACME,
    id: 'org_globex',
    slug: 'globex',
    name: 'Globex',
    admin: { user: 'u_gil', name: 'Gil Gunderson', email: 'gil@globex.example' },
  });
  const ada = world.as('u_ada');
  await ada('POST', '/api/v1/orgs/acme/roles', {
    id: 'auditor',
    name: 'Auditor',
    permissions: ['LOG-MANAGEMENT'],
  });
  await ada('POST', '/api/v1/orgs/acme/groups', { id: 'auditors', name: 'Auditors', roles: ['auditor'] });
  await ada('POST', MEMBERS, { members: [{ user: 'u_mel', name: 'Mel', email: 'mel@acme.example' }] });
  await ada('POST', MEMBERS, {
    members: [{ user: 'u_aud', name: 'Aud Itor', email: 'aud@acme.example' }],
    groups: ['auditors'],
  });
});
afterAll(() => world.close());

describe('WS5 organisations and who may change them', () => {
  it('shows everybody where they belong and what they may do there', async () => {
    const orgsOf = async (user: string) => (await world.as(user)('GET', '/api/v1/me')).body['orgs'];
    const acme = { id: 'org_acme', slug: 'acme', name: 'Acme', plan: 'enterprise' };
    expect(await orgsOf('u_ada')).toEqual([{ ...acme, admin: true, permissions: [] }]);
    expect(await orgsOf('u_aud')).toEqual([{ ...acme, admin: false, permissions: ['LOG-MANAGEMENT'] }]);
    expect(await orgsOf('u_mel')).toEqual([{ ...acme, admin: false, permissions: [] }]);
    expect(await orgsOf('u_ola')).toEqual([]);
  });

  it('lets only operators create organisations and set plans', async () => {
    for (const user of ['u_ada', 'u_ola', 'auditorium-service']) {
      expect((await world.as(user)('POST', '/api/v1/orgs', { ...ACME, id: 'x', slug: 'x' })).status).toBe(
        403,
      );
      expect((await world.as(user)('PUT', '/api/v1/orgs/acme/plan', { plan: 'free' })).status).toBe(403);
    }
    const changed = await world.as('operator')('PUT', '/api/v1/orgs/globex/plan', { plan: 'free' });
    expect(changed.body).toMatchObject({ id: 'org_globex', plan: 'free' });
  });

  it.each([
    ['GET', '/members'],
    ['POST', '/members', { members: [{ user: 'u_x' }] }],
    ['PATCH', '/members/u_mel', { admin: true }],
    ['DELETE', '/members/u_mel'],
    ['GET', '/groups'],
    ['POST', '/groups', { name: 'G' }],
    ['PUT', '/groups/auditors', { members: ['u_mel'] }],
    ['DELETE', '/groups/auditors'],
    ['GET', '/roles'],
    ['POST', '/roles', { name: 'R', permissions: [] }],
    ['PUT', '/roles/auditor', { permissions: [] }],
    ['DELETE', '/roles/auditor'],
    ['DELETE', '/actors/user/u_mel'],
  ] as [string, string, unknown?][])(
    '%s %s is for org admins: members are told what is missing, others that there is nothing',
    async (method, path, body) => {
      for (const org of ['acme', 'org_acme']) {
        const url = `/api/v1/orgs/${org}${path}`;
        for (const member of ['u_aud', 'u_mel']) {
          expect((await world.as(member)(method, url, body)).body).toMatchObject({
            status: 403,
            code: 'forbidden',
            missing: 'ORG-ADMIN',
          });
        }
        for (const stranger of ['u_ola', 'u_gil', 'shop', 'auditorium-service']) {
          expect((await world.as(stranger)(method, url, body)).body).toMatchObject({
            status: 404,
            code: 'not-found',
          });
        }
      }
    },
  );

  it('tells a stranger about an organisation what it tells about one that is not there', async () => {
    const strip = (body: Record<string, unknown>) => ({ ...body, requestId: '' });
    const there = await world.as('u_ola')('GET', '/api/v1/orgs/acme');
    const absent = await world.as('u_ola')('GET', '/api/v1/orgs/nothing');
    expect(strip(there.body)).toEqual(strip(absent.body));
    expect((await world.as('u_mel')('GET', '/api/v1/orgs/acme')).body).toMatchObject({
      slug: 'acme',
      admin: false,
    });
  });

  it('keeps slugs and ids apart', async () => {
    const create = (body: object) => world.as('operator')('POST', '/api/v1/orgs', { ...ACME, ...body });
    expect((await create({})).body).toMatchObject({ status: 409, code: 'org-exists' });
    expect((await create({ id: 'org_other' })).body).toMatchObject({ status: 409, code: 'handle-taken' });
    expect((await create({ id: 'globex', slug: 'other' })).body).toMatchObject({
      status: 409,
      code: 'handle-taken',
    });
    expect((await create({ id: undefined, slug: 'fresh' })).body['id']).toMatch(/^org_[0-9a-f]{18}$/);
  });

  it('refuses what is malformed, field by field', async () => {
    const bad = await world.as('operator')('POST', '/api/v1/orgs', {
      ...ACME,
      slug: 'A b',
      name: 'x\u0000y',
      admin: {},
    });
    expect(bad.body).toMatchObject({ status: 400, code: 'invalid-request' });
    expect((bad.body['errors'] as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'admin.user',
      'name',
      'slug',
    ]);
    expect((await world.as('u_ada')('GET', '/api/v1/orgs/%00')).status).toBe(404);
    const nul = Buffer.from('["a\\u0000"]').toString('base64url');
    expect((await world.as('u_ada')('GET', `/api/v1/orgs/acme/members?cursor=${nul}`)).status).toBe(400);
    const role = await world.as('u_ada')('POST', '/api/v1/orgs/acme/roles', {
      name: 'R',
      permissions: ['EVERYTHING'],
    });
    expect(role.status).toBe(400);
  });
});

describe('members, groups and roles', () => {
  it('are listed by page, with names resolved', async () => {
    const ada = world.as('u_ada');
    const first = await ada('GET', `${MEMBERS}?limit=2`);
    const second = await ada('GET', `${MEMBERS}?limit=2&cursor=${String(first.body['next'])}`);
    const users = [first, second].flatMap(({ body }) => body['members'] as { user: string; name: string }[]);
    expect(users.map(({ user, name }) => [user, name])).toEqual([
      ['u_ada', 'Ada Lovelace'],
      ['u_aud', 'Aud Itor'],
      ['u_mel', 'Mel'],
    ]);
    expect(second.body['next']).toBeNull();
    expect((await ada('GET', `${MEMBERS}?cursor=nonsense`)).status).toBe(400);
    expect((await ada('GET', '/api/v1/orgs/acme/groups')).body).toEqual({
      groups: [{ id: 'auditors', name: 'Auditors', members: ['u_aud'], roles: ['auditor'] }],
      next: null,
    });
  });

  it('change what follows from them at once, and an organisation keeps its last admin', async () => {
    const ada = world.as('u_ada');
    const permissionsOf = async (user: string) =>
      ((await world.as(user)('GET', '/api/v1/me')).body['orgs'] as { permissions: string[] }[])[0]
        ?.permissions;
    await ada('PUT', '/api/v1/orgs/acme/groups/auditors', { members: ['u_aud', 'u_mel'] });
    expect(await permissionsOf('u_mel')).toEqual(['LOG-MANAGEMENT']);
    await ada('PUT', '/api/v1/orgs/acme/roles/auditor', { permissions: [] });
    expect(await permissionsOf('u_mel')).toEqual([]);
    await ada('PUT', '/api/v1/orgs/acme/roles/auditor', { permissions: ['LOG-MANAGEMENT'] });
    await ada('PUT', '/api/v1/orgs/acme/groups/auditors', { members: ['u_aud'] });
    expect(await permissionsOf('u_mel')).toEqual([]);
    expect((await ada('DELETE', `${MEMBERS}/u_ada`)).body).toMatchObject({ status: 409, code: 'last-admin' });
    expect((await ada('PATCH', `${MEMBERS}/u_ada`, { admin: false })).body).toMatchObject({
      code: 'last-admin',
    });
    expect((await ada('PATCH', `${MEMBERS}/u_none`, { admin: true })).body).toMatchObject({
      status: 404,
      code: 'no-such-member',
    });
  });

  it('of whom all that ask at the same moment are served, none overwritten', async () => {
    const ada = world.as('u_ada');
    const users = Array.from({ length: 6 }, (_, i) => `u_many_${String(i)}`);
    const added = await Promise.all(users.map((user) => ada('POST', MEMBERS, { members: [{ user }] })));
    expect(added.map(({ status }) => status)).toEqual(users.map(() => 201));
    const { members } = (await ada('GET', `${MEMBERS}?limit=200`)).body as unknown as {
      members: { user: string }[];
    };
    expect(members.map(({ user }) => user)).toEqual(expect.arrayContaining(users));
    for (const user of users) expect((await ada('DELETE', `${MEMBERS}/${user}`)).status).toBe(204);
  });
});

describe('WS6 personal data', () => {
  const names = async (actors: unknown[]) =>
    (await world.as('auditorium-service')('POST', '/internal/v1/names', { org: 'org_acme', actors })).body[
      'names'
    ] as object[];

  it('is reported by products, services, operators and org admins, and by nobody else', async () => {
    const url = '/api/v1/orgs/acme/actors/user/p_1';
    for (const reporter of ['shop', 'auditorium-service', 'operator', 'u_ada']) {
      expect((await world.as(reporter)('PUT', url, { name: 'Pat' })).body).toEqual({
        type: 'user',
        id: 'p_1',
        version: 1,
      });
    }
    expect((await world.as('u_aud')('PUT', url, { name: 'Pat' })).body).toMatchObject({
      status: 403,
      missing: 'ORG-ADMIN',
    });
    expect((await world.as('u_gil')('PUT', url, { name: 'Pat' })).status).toBe(404);
    expect((await world.as('shop')('PUT', '/api/v1/orgs/nothing/actors/user/p_1', {})).status).toBe(404);
    expect((await world.as('shop')('DELETE', url)).status).toBe(404);
  });

  it('is answered by version, in bulk and in order, to services alone', async () => {
    const shop = world.as('shop');
    const url = `/api/v1/orgs/acme/actors/service-account/${encodeURIComponent('ci/bot 1')}`;
    await shop('PUT', url, { name: 'Bot', email: 'bot@acme.example', roles: ['deployer'] });
    await shop('PUT', url, { name: 'Robot' });
    const bot = { type: 'service-account', id: 'ci/bot 1' };
    expect(
      await names([{ ...bot, version: 1 }, { type: 'user', id: 'nobody' }, bot, { ...bot, version: 9 }]),
    ).toEqual([
      { ...bot, version: 1, name: 'Bot', email: 'bot@acme.example' },
      { type: 'user', id: 'nobody', version: null, name: null, email: null },
      { ...bot, version: 2, name: 'Robot', email: 'bot@acme.example' },
      { ...bot, version: 9, name: 'Robot', email: 'bot@acme.example' },
    ]);
    expect(
      (await world.as('u_ada')('POST', '/internal/v1/names', { org: 'org_acme', actors: [] })).status,
    ).toBe(403);
  });

  it('is erased in every version and every table, and never was on any topic or in the log', async () => {
    const secretName = 'Zaphod Beeblebrox';
    const ada = world.as('u_ada');
    await ada('POST', MEMBERS, {
      members: [{ user: 'u_zap', name: secretName, email: 'zaphod@acme.example' }],
      groups: ['auditors'],
    });
    await world.as('shop')('PUT', '/api/v1/orgs/acme/actors/user/u_zap', {
      email: 'zb@acme.example',
      roles: ['president'],
    });
    await ada('POST', MEMBERS, { members: [{ user: 'u_zap', name: `${secretName} II` }] });
    expect(await everyRow()).toContain(secretName);
    expect((await ada('DELETE', '/api/v1/orgs/acme/actors/user/u_zap')).status).toBe(204);
    expect(await everyRow()).not.toMatch(/Zaphod|zaphod@|zb@/);
    const answers = await names([1, 2, 3, 4].map((version) => ({ type: 'user', id: 'u_zap', version })));
    expect(answers).toEqual(
      [1, 2, 3, 4].map((version) => ({ type: 'user', id: 'u_zap', version, name: null, email: null })),
    );
    await expect
      .poll(
        async () =>
          (await world.read('actors')).filter(({ key }) => key === 'org_acme/user/u_zap').at(-1)?.json,
      )
      .toMatchObject({ version: 4 });
    await expect
      .poll(async () => (await world.read('raw')).some(({ value }) => value.includes('actor.erased')))
      .toBe(true);
    const topics = await Promise.all(
      (['orgs', 'access', 'actors', 'raw'] as const).map((topic) => world.read(topic)),
    );
    for (const personal of [/Zaphod/, /zaphod@/, /zb@/, /Lovelace/, /ada@acme/, /Aud Itor/]) {
      expect(topics.flat().filter(({ value }) => personal.test(value))).toEqual([]);
      expect(world.lines.filter((line) => personal.test(line))).toEqual([]);
    }
    expect((await ada('DELETE', '/api/v1/orgs/acme/actors/user/u_zap')).status).toBe(204);
    expect((await ada('DELETE', '/api/v1/orgs/acme/actors/user/u_unheard_of')).status).toBe(404);
  });

  it('of somebody who was erased does not come back when an admin changes a role', async () => {
    const ada = world.as('u_ada');
    await ada('PUT', '/api/v1/orgs/acme/groups/auditors', { members: ['u_aud'] });
    expect(await everyRow()).not.toMatch(/Zaphod|zaphod@|zb@/);
  });

  /** Every row of every table, as text: what somebody with the database in hand would find. */
  async function everyRow(): Promise<string> {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    let text = '';
    for (const { name } of tables) {
      const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      text += rows
        .map((row) =>
          Object.values(row)
            .map((v) => (Buffer.isBuffer(v) ? v.toString() : JSON.stringify(v)))
            .join(),
        )
        .join('\n');
    }
    await client.end();
    return text;
  }
});

describe('what the other services learn', () => {
  it('lies in the partition of its org, keyed, with versions that grow', async () => {
    await expect.poll(async () => (await world.read('access')).at(-1)).toBeDefined();
    for (const topic of ['orgs', 'access', 'actors'] as const) {
      const last = new Map<string, number>();
      for (const { key, partition, json } of await world.read(topic)) {
        expect(partition).toBe(partitionOf(String(json['org']), PARTITIONS));
        expect(json['version']).toBeGreaterThanOrEqual(last.get(key) ?? 0);
        last.set(key, Number(json['version']));
      }
      expect(last.size).toBeGreaterThan(0);
    }
    const access = (await world.read('access')).filter(({ key }) => key === 'org_acme').at(-1)?.json;
    expect(access).toMatchObject({
      members: [
        { user: 'u_ada', admin: true, permissions: [] },
        { user: 'u_aud', admin: false, permissions: ['LOG-MANAGEMENT'] },
        { user: 'u_mel' },
        { user: 'u_zap' },
      ],
    });
    const actor = (await world.read('actors'))
      .filter(({ key }) => key === 'org_acme/user/u_aud')
      .at(-1)?.json;
    expect(actor).toMatchObject({ roles: ['Auditor'] });
  });

  it('WS5 ends a permission soon after an admin took it away', async () => {
    const view = new DirectoryView();
    const topics = topicsOf(world.env['AUDITORIUM_TOPIC_PREFIX']);
    const brokers = world.env['AUDITORIUM_KAFKA_BROKERS']!.split(',');
    const parsed = ({ value }: { value: Buffer | null }) => JSON.parse(value!.toString()) as never;
    const following = [
      await followTopic({
        brokers,
        topic: topics.orgs,
        onMessage: (m) => view.applyOrg(parsed(m), m.key!.toString()),
      }),
      await followTopic({
        brokers,
        topic: topics.access,
        onMessage: (m) => view.applyAccess(parsed(m), m.key!.toString()),
      }),
    ];
    const mayRead = () => decideAccess(view, { subject: 'u_aud' }, 'acme', 'read-log').allowed;
    await expect.poll(mayRead, { timeout: 5000 }).toBe(true);
    await world.as('u_ada')('PUT', '/api/v1/orgs/acme/groups/auditors', { members: [] });
    await expect.poll(mayRead, { timeout: 5000 }).toBe(false);
    await world.as('u_ada')('PUT', '/api/v1/orgs/acme/groups/auditors', { members: ['u_aud'] });
    await expect.poll(mayRead, { timeout: 5000 }).toBe(true);
    await Promise.all(following.map((each) => each.close()));
  });

  it('is described for those who write a client', async () => {
    const { paths } = (await world.as('u_ola')('GET', '/openapi.json')).body as {
      paths: Record<string, object>;
    };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v1/me', '/api/v1/orgs/{org}/members', '/internal/v1/names']),
    );
    expect(JSON.stringify(paths['/api/v1/orgs'])).toContain('"slug"');
  });

  it('Beyond 14 includes every change, as an audit event of the org by the one who made it', async () => {
    const events = async () =>
      (await world.read('raw')).map(
        ({ json }) => json as { type: string; source: string; orgid: string; data: { actor: object } },
      );
    await expect
      .poll(async () => (await events()).map(({ type }) => type))
      .toEqual(
        expect.arrayContaining([
          'org.created',
          'org.plan-changed',
          'member.added',
          'role.created',
          'group.role-granted',
          'group.member-added',
          'actor.identified',
          'actor.erased',
        ]),
      );
    const erased = (await events()).find(({ type }) => type === 'actor.erased');
    expect(erased).toMatchObject({
      source: 'auditorium/directory',
      orgid: 'org_acme',
      data: { actor: { type: 'user', id: 'u_ada' }, outcome: 'success' },
    });
    const created = (await events()).filter(({ type }) => type === 'org.created').map(({ orgid }) => orgid);
    expect(new Set(created).size).toBe(created.length);
  });
});

import { startPostgresProxy, topicPrefix } from '@auditorium/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replay } from '../src/domain/evolve.ts';
import type { OrganisationEvent } from '../src/domain/organisation.ts';
import { resolveMembers } from '../src/domain/resolve-members.ts';
import { ACME, createWorld } from './harness.ts';
import type { World } from './harness.ts';

let world: World;
beforeEach(async () => void (world = await createWorld()));
afterEach(() => world.close());

const MEMBERS = '/api/v1/orgs/acme/members';
const add = (...users: string[]) => ({ members: users.map((user) => ({ user })) });

async function rows<T extends object>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  const result = await client.query<T>(sql);
  await client.end();
  return result.rows;
}

/** What a service that reads a compacted topic from its start ends up believing. */
async function believed(
  topic: 'access' | 'actors' | 'orgs',
  prefix?: string,
): Promise<Map<string, Record<string, unknown>>> {
  return new Map((await world.read(topic, prefix)).map(({ key, json }) => [key, json]));
}

const membersBelieved = async (prefix?: string) =>
  (
    (await believed('access', prefix)).get('org_acme') as { members?: { user: string }[] } | undefined
  )?.members?.map(({ user }) => user);

/** The projections say exactly what the events say. */
async function expectProjectionsTrue(): Promise<void> {
  const events = await rows<{ data: OrganisationEvent }>(
    `SELECT data FROM directory.stream_event WHERE stream = 'org_acme' ORDER BY version`,
  );
  const projected = await rows(
    `SELECT user_id AS "user", admin, groups, roles, permissions FROM directory.member WHERE org = 'org_acme' ORDER BY 1`,
  );
  const resolved = [...resolveMembers(replay(events.map(({ data }) => data))).values()];
  expect(projected).toEqual(resolved.sort((a, b) => (a.user < b.user ? -1 : 1)));
}

describe('a change', () => {
  it('killed before its commit leaves nothing: no event, no member, no record, no audit event', async () => {
    let armed = false;
    await world.start({
      reached: (point) => {
        if (armed && point === 'change-organisation.before-commit') throw new Error('killed');
      },
    });
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    armed = true;
    expect((await world.as('u_ada')('POST', MEMBERS, add('u_mel'))).status).toBe(500);
    armed = false;
    expect(
      await rows(
        `SELECT 1 FROM directory.member WHERE user_id = 'u_mel' UNION ALL SELECT 1 FROM directory.actor WHERE id = 'u_mel'`,
      ),
    ).toEqual([]);
    await world.as('u_ada')('POST', MEMBERS, add('u_bob'));
    await expect.poll(() => membersBelieved()).toEqual(['u_ada', 'u_bob']);
    await expect.poll(async () => (await world.read('raw')).length).toBe(3);
    expect((await world.read('raw')).filter(({ value }) => value.includes('u_mel'))).toEqual([]);
    await expectProjectionsTrue();
  });

  it('killed right after its commit is published by whoever starts next, in order', async () => {
    const dead = await world.start({
      // Nothing is ever sent: as if the process ended each time just before.
      reached: (point) => {
        if (point === 'publish-records.before-send') throw new Error('killed');
      },
    });
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    for (let i = 0; i < 5; i++) await world.as('u_ada')('POST', MEMBERS, add(`u_${String(i)}`));
    expect(await world.read('access')).toEqual([]);
    await dead.stop();
    await world.start();
    await expect.poll(() => membersBelieved()).toEqual(['u_0', 'u_1', 'u_2', 'u_3', 'u_4', 'u_ada']);
    expect((await believed('actors')).size).toBe(6);
    expect((await believed('orgs')).get('org_acme')).toMatchObject({ slug: 'acme' });
  });

  it.each(['before', 'after'] as const)(
    'whose COMMIT was cut %s the server saw it happens exactly once',
    async (when) => {
      const proxy = await startPostgresProxy(world.databaseUrl);
      let cut = true;
      await world.start(
        {
          reached: (point) => {
            if (point === 'change-organisation.before-commit' && cut) proxy.cutNextCommit(when);
            cut = false;
          },
        },
        { AUDITORIUM_DATABASE_URL: proxy.url },
      );
      // A creation that is simply repeated would be refused: it must be known as our own.
      expect((await world.as('operator')('POST', '/api/v1/orgs', ACME)).status).toBe(201);
      for (let i = 0; i < 5; i++) {
        cut = true;
        expect((await world.as('u_ada')('POST', MEMBERS, add(`u_${String(i)}`))).status).toBe(201);
      }
      const added = await rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM directory.stream_event WHERE type = 'member.added' GROUP BY data->>'user'`,
      );
      expect(added.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1, 1]);
      await expect
        .poll(
          async () => (await world.read('raw')).filter(({ json }) => json['type'] === 'member.added').length,
        )
        .toBe(6);
      await expectProjectionsTrue();
      await proxy.close();
    },
  );

  it('of two instances at once: each is decided on what the other left, and the last admin stays', async () => {
    const one = await world.start();
    const two = await world.start();
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    for (let round = 0; round < 5; round++) {
      await world.as('u_ada')('POST', MEMBERS, { members: [{ user: 'u_bob' }] });
      await world.as('u_ada')('PATCH', `${MEMBERS}/u_bob`, { admin: true });
      const [ada, bob] = await Promise.all([
        world.as('u_ada', one.url)('PATCH', `${MEMBERS}/u_bob`, { admin: false }),
        world.as('u_bob', two.url)('PATCH', `${MEMBERS}/u_ada`, { admin: false }),
      ]);
      const admins = await rows<{ user_id: string }>(`SELECT user_id FROM directory.member WHERE admin`);
      expect(admins).toHaveLength(1);
      expect([ada?.status, bob?.status]).toContain(200);
      if (admins[0]?.user_id === 'u_bob')
        await world.as('u_bob')('PATCH', `${MEMBERS}/u_ada`, { admin: true });
    }
    await expectProjectionsTrue();
  });
});

describe('publishing', () => {
  it('killed after a send sends again, and the newest version is what stays on the topic', async () => {
    let kills = 3;
    await world.start({
      reached: (point) => {
        if (point === 'publish-records.after-send' && kills < 3) {
          kills++;
          throw new Error('killed');
        }
      },
    });
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    for (let i = 0; i < 4; i++) await world.as('u_ada')('POST', MEMBERS, add(`u_${String(i)}`));
    kills = 0;
    await world.as('u_ada')('POST', MEMBERS, add('u_4'));
    await expect.poll(() => kills, { timeout: 20_000 }).toBe(3);
    await expect.poll(() => membersBelieved(), { timeout: 20_000 }).toHaveLength(6);
    const versions = (await world.read('access')).map(({ json }) => Number(json['version']));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBeLessThan(versions.length);
  });

  it('goes on by another instance when the one that published is gone', async () => {
    const first = await world.start();
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    await expect.poll(() => membersBelieved()).toEqual(['u_ada']);
    await world.start();
    await first.stop();
    await world.as('u_ada')('POST', MEMBERS, add('u_mel'));
    await expect.poll(() => membersBelieved(), { timeout: 10_000 }).toEqual(['u_ada', 'u_mel']);
  });

  it('fills topics that were made anew with everything there is', async () => {
    const first = await world.start();
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    await world.as('u_ada')('POST', MEMBERS, add('u_mel'));
    await expect
      .poll(async () => (await rows('SELECT 1 FROM directory.unpublished WHERE due_at <= now()')).length)
      .toBe(0);
    await first.stop();
    const prefix = topicPrefix();
    await world.start({}, { AUDITORIUM_TOPIC_PREFIX: prefix });
    await expect.poll(() => membersBelieved(prefix)).toEqual(['u_ada', 'u_mel']);
    await expect.poll(async () => (await believed('actors', prefix)).size).toBe(2);
  });

  it('goes on when the session that holds its lock is ended', async () => {
    await world.start();
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    await expect.poll(() => membersBelieved()).toEqual(['u_ada']);
    await rows(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    await world.as('u_ada')('POST', MEMBERS, add('u_mel'));
    await expect.poll(() => membersBelieved(), { timeout: 10_000 }).toEqual(['u_ada', 'u_mel']);
  });
});

describe('WS6 an erasure', () => {
  it('that meets reports and role changes of the same person leaves no version with the old name', async () => {
    await world.start();
    await world.as('operator')('POST', '/api/v1/orgs', ACME);
    const ada = world.as('u_ada');
    await ada('POST', '/api/v1/orgs/acme/roles', { id: 'r', name: 'R', permissions: [] });
    await ada('POST', '/api/v1/orgs/acme/groups', { id: 'g', name: 'G', roles: ['r'] });
    for (let round = 0; round < 6; round++) {
      await ada('POST', MEMBERS, { members: [{ user: 'u_zap', name: 'Zaphod', email: 'z@acme.example' }] });
      const [, erased] = await Promise.all([
        ada('PUT', '/api/v1/orgs/acme/groups/g', { members: round % 2 === 0 ? ['u_zap'] : [] }),
        ada('DELETE', '/api/v1/orgs/acme/actors/user/u_zap'),
        world.as('shop')('PUT', '/api/v1/orgs/acme/actors/user/u_zap', { roles: [`r${String(round)}`] }),
      ]);
      expect(erased?.status).toBe(204);
      expect(
        await rows(
          `SELECT 1 FROM directory.actor_version WHERE id = 'u_zap' AND (name IS NOT NULL OR email IS NOT NULL)`,
        ),
      ).toEqual([]);
    }
  });
});

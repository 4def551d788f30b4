import { partitionOf } from '@auditorium/events';
import { createPool } from '@auditorium/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createWorld,
  lineOf,
  PARTITIONS,
  projectedTo,
  publishOrg,
  startService,
  until,
  writeVerdicts,
  type Service,
  type World,
} from './query-harness.ts';
import { pageStatement } from '../src/postgres/read-events.ts';

let world: World;
let service: Service;

/** Two orgs of one partition, so that nothing but the org itself keeps them apart. */
const ACME = 'org_acme';
const NEIGHBOUR = ['org_n1', 'org_n2', 'org_n3', 'org_n4', 'org_n5', 'org_n6'].find(
  (org) => partitionOf(org, PARTITIONS) === partitionOf(ACME, PARTITIONS),
)!;
const MEMBERS = [
  { user: 'u_ada', admin: true, permissions: [] },
  { user: 'u_aud', admin: false, permissions: ['LOG-MANAGEMENT'] },
  { user: 'u_mel', admin: false, permissions: [] },
];

const at = (minute: number): string => `2026-11-21T01:${String(minute).padStart(2, '0')}:00Z`;
let raw = -1;
const write = (org: string, ...lines: Buffer[]): Promise<void> =>
  writeVerdicts(
    world,
    org,
    lines.map((value) => ({ raw: (raw += 1), value })),
  );
const projected = (): Promise<void> => until(async () => (await projectedTo(world, ACME)) === raw);

const EVENTS = [
  lineOf(ACME, { id: 'e0', time: at(0), type: 'project.created' }),
  lineOf(ACME, { id: 'e1', time: at(1), data: { actor: { type: 'user', id: 'u_2' } } }),
  lineOf(ACME, { id: 'e2', time: at(2), data: { outcome: 'denied' } }),
  lineOf(ACME, {
    id: 'e3',
    time: at(3),
    type: 'user.invited',
    data: {
      targets: [
        { type: 'user', id: 'a/b' },
        { type: 'group', id: 'g1' },
      ],
    },
  }),
  lineOf(ACME, {
    id: 'e4',
    time: at(3),
    data: { actor: { type: 'apikey', id: 'arn:aws:iam::1:user/bob' }, targets: [] },
  }),
  lineOf(ACME, {
    id: 'e5',
    time: '2026-11-21T01:05:00.123456789+00:00',
    source: 'billing',
    data: { outcome: 'failure', targets: [{ type: 'invoice', id: '100%_done' }] },
  }),
];

beforeAll(async () => {
  world = await createWorld();
  await publishOrg(world, ACME, MEMBERS);
  await publishOrg(world, NEIGHBOUR, [{ user: 'u_gil', admin: true, permissions: [] }]);
  service = await startService(world);
  await write(ACME, ...EVENTS.slice(0, 3));
  await write(NEIGHBOUR, lineOf(NEIGHBOUR, { id: 'secret', time: at(2) }));
  await write(ACME, ...EVENTS.slice(3));
  await projected();
});
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

const events = async (query = '', subject = 'u_ada'): Promise<string[]> => {
  const { status, body, text } = await service.get(subject, `/api/v1/orgs/acme/events${query}`);
  expect(status, text).toBe(200);
  return (body.events as { id: string }[]).map(({ id }) => id);
};

describe('who may read the log', () => {
  it.each(['u_ada', 'u_aud'])('WS5 %s reads it, by slug and by id', async (user) => {
    expect(await events('', user)).toHaveLength(6);
    expect((await service.get(user, `/api/v1/orgs/${ACME}/events`)).status).toBe(200);
  });

  it('WS5 a member without the permission is told which one is missing', async () => {
    const { status, body } = await service.get('u_mel', '/api/v1/orgs/acme/events');
    expect({ status, code: body.code, missing: body.missing }).toEqual({
      status: 403,
      code: 'forbidden',
      missing: 'LOG-MANAGEMENT',
    });
  });

  it.each(['u_gil', 'u_ola', 'operator', 'auditorium-service'])(
    '%s, no member, is told nothing, as of an org that does not exist',
    async (user) => {
      const theirs = await service.get(user, '/api/v1/orgs/acme/events');
      const nobodys = await service.get(user, '/api/v1/orgs/nothing/events');
      expect(theirs.status).toBe(404);
      expect({ ...theirs.body, requestId: 0 }).toEqual({ ...nobodys.body, requestId: 0 });
    },
  );

  it('nobody reads it without a token', async () => {
    const answer = await fetch(new URL('/api/v1/orgs/acme/events', service.url));
    expect(answer.status).toBe(401);
  });

  it('WS5 a revocation works within 5 s, and so does a grant', async () => {
    const before = Date.now();
    await publishOrg(
      world,
      ACME,
      [MEMBERS[0]!, { user: 'u_mel', admin: false, permissions: ['LOG-MANAGEMENT'] }],
      2,
    );
    await until(async () => (await service.get('u_aud', '/api/v1/orgs/acme/events')).status === 404);
    expect((await service.get('u_mel', '/api/v1/orgs/acme/events')).status).toBe(200);
    expect(Date.now() - before).toBeLessThan(5000);
    await publishOrg(world, ACME, MEMBERS, 3);
    await until(async () => (await service.get('u_aud', '/api/v1/orgs/acme/events')).status === 200);
  });

  it('an event of another org is not found, though its address is right', async () => {
    const [other] = (await service.get('u_gil', `/api/v1/orgs/${NEIGHBOUR}/events`)).body.events;
    expect(other.id).toBe('secret');
    expect((await service.get('u_ada', `/api/v1/orgs/acme/events/${other.key}`)).status).toBe(404);
    expect((await service.get('u_gil', `/api/v1/orgs/${NEIGHBOUR}/events/${other.key}`)).status).toBe(200);
  });
});

describe('Beyond 14: row-level security alone', () => {
  const visible = async (org: string | null, role: string | undefined): Promise<string[]> => {
    const pool = createPool({
      url: world.databaseUrl,
      applicationName: 'test',
      max: 1,
      ...(role && { role }),
    });
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      if (org !== null) await client.query(`SELECT set_config('auditorium.org', $1, true)`, [org]);
      const { rows } = await client.query<{ org: string }>(
        'SELECT DISTINCT org FROM query.event ORDER BY org',
      );
      return rows.map((row) => row.org);
    } finally {
      client.release(true);
      await pool.end();
    }
  };

  it('shows the reading role the rows of the org that was set and no other', async () => {
    expect(await visible(ACME, 'auditorium_query_reader')).toEqual([ACME]);
    expect(await visible(NEIGHBOUR, 'auditorium_query_reader')).toEqual([NEIGHBOUR]);
  });

  it('shows nothing while no org is set', async () => {
    expect(await visible(null, 'auditorium_query_reader')).toEqual([]);
    expect(await visible('', 'auditorium_query_reader')).toEqual([]);
  });

  it('lets the reading role neither write, nor reach a month directly, nor see quarantine and checkpoints', async () => {
    const pool = createPool({
      url: world.databaseUrl,
      applicationName: 'test',
      max: 1,
      role: 'auditorium_query_reader',
    });
    for (const sql of [
      'DELETE FROM query.event',
      `UPDATE query.event SET org = 'x'`,
      'SELECT * FROM query.event_2026_11',
      'SELECT * FROM query.quarantine',
      'SELECT * FROM query.checkpoint',
      'SELECT * FROM query.audit_outbox',
    ]) {
      await expect(pool.query(sql), sql).rejects.toThrow('permission denied');
    }
    await pool.end();
  });

  it('binds an owner of the tables too, who may add rows and read none without saying whose', async () => {
    const admin = createPool({ url: world.databaseUrl, applicationName: 'test', max: 1 });
    const owner = `owner_${Math.random().toString(36).slice(2)}`;
    await admin.query(`CREATE ROLE ${owner} NOLOGIN`);
    await admin.query(`GRANT USAGE, CREATE ON SCHEMA query TO ${owner}`);
    await admin.query(`ALTER TABLE query.event OWNER TO ${owner}`);
    expect(await visible(null, owner)).toEqual([]);
    expect(await visible(ACME, owner)).toEqual([ACME]);
    await admin.query(`ALTER TABLE query.event OWNER TO postgres`);
    await admin.query(`REVOKE ALL ON SCHEMA query FROM ${owner}`);
    await admin.query(`DROP ROLE ${owner}`);
    await admin.end();
  });
});

describe('a page of the log', () => {
  it('is newest first; of two events at the same time the later one comes first', async () => {
    expect(await events()).toEqual(['e5', 'e4', 'e3', 'e2', 'e1', 'e0']);
  });

  it('goes down and up again by cursors without losing or repeating a line while events arrive', async () => {
    const seen: string[] = [];
    let next: string | null = '';
    const pages: { previous: string | null; ids: string[] }[] = [];
    while (next !== null) {
      const { body } = await service.get(
        'u_ada',
        `/api/v1/orgs/acme/events?to=2026-11-21T02:00:00Z&limit=2${next && `&cursor=${next}`}`,
      );
      const ids = (body.events as { id: string }[]).map(({ id }) => id);
      seen.push(...ids);
      pages.push({ previous: body.previous, ids });
      next = body.next;
      // One arrives above and one below the place that is being read.
      await write(
        ACME,
        lineOf(ACME, { time: '2026-11-21T02:30:00Z' }),
        lineOf(ACME, { id: 'late', time: '2026-11-20T00:00:00Z' }),
      );
      await projected();
    }
    expect(seen.filter((id) => id !== 'late')).toEqual(['e5', 'e4', 'e3', 'e2', 'e1', 'e0']);
    expect(pages[0]!.previous).toBeNull();
    const back = await service.get(
      'u_ada',
      `/api/v1/orgs/acme/events?to=2026-11-21T02:00:00Z&limit=2&cursor=${pages[1]!.previous}`,
    );
    expect((back.body.events as { id: string }[]).map(({ id }) => id)).toEqual(pages[0]!.ids);
    expect(back.body.previous).toBeNull();
  });

  it('refuses a cursor that it did not make, and a time that is none', async () => {
    for (const query of [
      'cursor=abc',
      `cursor=${Buffer.from('["n","x",1]').toString('base64url')}`,
      `cursor=${Buffer.from('["n","2026-13-01 00:00:00+00",1]').toString('base64url')}`,
      'from=yesterday',
      'from=0000-01-01T00:00:00Z',
      'to=2026-01-01T00:00:00%2B23:59',
      'actor=%00',
      'target=a%00*',
      'text=a%00b',
      'limit=0',
      'outcome=maybe',
    ]) {
      const { status, body } = await service.get('u_ada', `/api/v1/orgs/acme/events?${query}`);
      expect({ query, status, code: body.code }).toEqual({ query, status: 400, code: 'invalid-request' });
    }
  });

  it('that is empty says when the newest event was', async () => {
    const { body } = await service.get('u_ada', '/api/v1/orgs/acme/events?from=2030-01-01T00:00:00Z');
    expect(body).toEqual({
      events: [],
      next: null,
      previous: null,
      newest: expect.stringMatching(/^2026-11-21T0/),
    });
  });
});

describe('a page at any depth', () => {
  it.each([{}, { action: 'project.renamed' }, { actor: 'u_1' }, { from: '2026-11-20T00:00:00Z' }])(
    'is read in the order of an index under row-level security: %o',
    async (filter) => {
      const cursor = { time: '2026-11-21 01:03:00+00', rawOffset: 3, direction: 'next' as const };
      const { sql, values } = pageStatement(ACME, filter, cursor, 51);
      const plan = await service.query.reader.ofOrg(ACME, async (client) => {
        // The table is too small for an index to pay; what counts is that its order can be had from one.
        await client.query('SET LOCAL enable_seqscan = off');
        await client.query('SET LOCAL enable_bitmapscan = off');
        await client.query('SET LOCAL enable_sort = off');
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, [...values]);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
      expect(plan).not.toMatch(/\bSort {2}\(/);
      expect(plan).toMatch(/Index Cond: .*ROW\("time", raw_offset\)/);
    },
  );
});

describe('large events', () => {
  const LARGE = 'org_large';
  const COUNT = 150;
  const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id);

  it('come in pages that fit into memory, however many are asked for at once, and none is lost', async () => {
    await publishOrg(world, LARGE, [{ user: 'u_lea', admin: true, permissions: [] }]);
    const blob = 'x'.repeat(200_000);
    const verdicts = Array.from({ length: COUNT }, (_, n) => ({
      raw: n,
      value: lineOf(LARGE, { id: `large-${n}`, time: at(n % 60), data: { metadata: { blob } } }),
    }));
    expect(partitionOf(LARGE, PARTITIONS)).not.toBe(partitionOf(ACME, PARTITIONS));
    for (let from = 0; from < COUNT; from += 3)
      await writeVerdicts(world, LARGE, verdicts.slice(from, from + 3));
    await until(async () => (await projectedTo(world, LARGE)) === COUNT - 1);
    const seen: string[] = [];
    let cursor = '';
    let back = '';
    do {
      const { body, text } = await service.get('u_lea', `/api/v1/orgs/large/events?limit=1000${cursor}`);
      expect(text.length).toBeLessThan(25_000_000);
      seen.push(...idsOf(body.events));
      back = body.previous === null ? '' : `&cursor=${body.previous}`;
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(COUNT);
    expect(seen).toHaveLength(COUNT);
    const { body } = await service.get('u_lea', `/api/v1/orgs/large/events?limit=1000${back}`);
    const last = seen.indexOf(idsOf(body.events).at(-1)!);
    expect(idsOf(body.events)).toEqual(seen.slice(last + 1 - body.events.length, last + 1));
    const forward: string[] = [];
    for (let position = -1; forward.length < COUNT;) {
      const page = await service.get('u_lea', `/api/v1/orgs/large/events?after=${position}&limit=1000`);
      forward.push(...idsOf(page.body.events));
      position = page.body.position;
    }
    expect(forward).toEqual(verdicts.map((_, n) => `large-${n}`));
  });
});

describe('filters', () => {
  it.each([
    ['from=2026-11-21T01:02:00Z&to=2026-11-21T01:03:00Z', ['e2']],
    ['from=2026-11-21T02:02:00%2B01:00&to=2026-11-21T01:03:00Z', ['e2']],
    ['action=project.created', ['e0']],
    ['action=user.*', ['e3']],
    ['action=*.invited', ['e3']],
    ['actor=u_2', ['e1']],
    ['actor=user/u_2', ['e1']],
    ['actor=apikey/u_2', []],
    ['actor=arn:aws:iam::1:user/bob', ['e4']],
    ['actor=apikey/arn:aws:iam::1:user/bob', ['e4']],
    ['actor=apikey/*', ['e4']],
    ['actor=*bob', ['e4']],
    ['target=user/a/b', ['e3']],
    ['target=a/b', ['e3']],
    ['target=g1', ['e3']],
    ['target=group/*', ['e3']],
    ['target=invoice/100%25_done', ['e5']],
    ['target=100%25*', ['e5']],
    ['target=1__%25*', []],
    ['outcome=denied', ['e2']],
    ['text=billing', ['e5']],
    ['text=INVOICE%20failure', ['e5']],
    ['text=100%25_', ['e5']],
    ['text=apollo&outcome=denied', ['e2']],
    ["actor='%20OR%201=1--", []],
  ])('%s', async (query, expected) => {
    const bounds = query.includes('to=') ? '' : '&from=2026-11-21T00:30:00Z&to=2026-11-21T02:00:00Z';
    expect(await events(`?${query}${bounds}`)).toEqual(expected);
  });
});

describe('what is shown of an event', () => {
  it('is the line as it is, with its address, a sentence and the names that the directory has now', async () => {
    const asked = world.questions.names;
    world.names.set('user/u_1/1', { name: 'Ada', email: 'ada@acme.example' });
    const { body } = await service.get('u_ada', '/api/v1/orgs/acme/events?action=project.created');
    expect(body.events).toEqual([
      {
        ...JSON.parse(EVENTS[0]!.toString()),
        key: `${partitionOf(ACME, PARTITIONS)}-0`,
        actorname: 'Ada',
        actoremail: 'ada@acme.example',
        sentence: 'Ada created project Apollo',
      },
    ]);
    expect(world.questions.names).toBe(asked + 1);
    world.names.set('user/u_1/1', { name: null, email: null }); // erased
    const erased = (await service.get('u_ada', '/api/v1/orgs/acme/events?action=project.created')).body
      .events[0];
    expect(erased).toMatchObject({
      actorname: null,
      actoremail: null,
      sentence: 'u_1 created project Apollo',
    });
  });

  it('keeps numbers that JavaScript cannot, and bytes that look dangerous', async () => {
    const line = Buffer.from(
      lineOf(ACME, {
        id: 'odd',
        time: '2026-11-19T00:00:00Z',
        data: { metadata: { text: `\\u0000 \u2028 "}],{"' ${'é🦄'.repeat(20)}` } },
      })
        .toString()
        .replace('"metadata":{', '"metadata":{"long":12345678901234567890.123456789,"huge":1e400,'),
    );
    await write(ACME, line);
    await projected();
    const { text, body } = await service.get(
      'u_ada',
      '/api/v1/orgs/acme/events?to=2026-11-19T12:00:00Z&limit=1',
    );
    expect(text).toContain('"long":12345678901234567890.123456789,"huge":1e400');
    expect(body.events[0].data.metadata.text).toContain('\\u0000 \u2028 "}],{"');
    const stored = await world.database.query<{ line: string }>(
      `SELECT line FROM query.event WHERE id = 'odd'`,
    );
    expect(Buffer.from(stored.rows[0]!.line).equals(line)).toBe(true);
  });

  it.each(['0001-01-01T00:00:00Z', '0001-01-01T00:00:00+14:59', '9999-12-31T23:59:59.999999999Z'])(
    'orders and pages around the odd time %s',
    async (time) => {
      await write(
        ACME,
        lineOf(ACME, { id: `odd ${time}`, time, type: 'odd.timed' }),
        lineOf(ACME, { id: `twin ${time}`, time, type: 'odd.timed' }),
      );
      await projected();
      const first = (await service.get('u_ada', '/api/v1/orgs/acme/events?action=odd.timed&limit=1')).body;
      const found = [first.events[0].time];
      for (let next = first.next as string | null; next !== null;) {
        const { body, status, text } = await service.get(
          'u_ada',
          `/api/v1/orgs/acme/events?action=odd.timed&limit=1&cursor=${next}`,
        );
        expect(status, text).toBe(200);
        found.push(body.events[0].time);
        next = body.next;
      }
      expect(found.filter((each) => each === time)).toHaveLength(2);
      const instants = found.map((each) => Date.parse(each!.replace(/\.\d+/, '')));
      expect(instants).toEqual(instants.toSorted((a, b) => b - a));
    },
  );

  it('keeps an event whose line lacks what it should have, instead of stopping', async () => {
    await write(ACME, Buffer.from('{}'), Buffer.from('not json at all'));
    await write(ACME, lineOf(ACME, { id: 'after', time: at(50) }));
    await projected();
    expect(await events('?from=2026-11-21T01:40:00Z')).toContain('after');
  });
});

describe('one event', () => {
  it('comes with its segment, sequence, windows and objects as delivery knows them', async () => {
    const [{ key }] = (await service.get('u_ada', '/api/v1/orgs/acme/events?action=project.created')).body
      .events;
    const unsealed = await service.get('u_ada', `/api/v1/orgs/acme/events/${key}`);
    expect(unsealed.body).toMatchObject({ id: 'e0', key, segment: null, sequence: null, windows: [] });
    const windows = [{ destination: 'd1', window: '1-5', object: 'acme/1-5.ndjson.gz', state: 'delivered' }];
    world.places.set(String(key).replace('-', '/'), { segment: '3/1/abc', sequence: 1, windows });
    const sealed = await service.get('u_ada', `/api/v1/orgs/acme/events/${key}`);
    expect(sealed.body).toMatchObject({ id: 'e0', segment: '3/1/abc', sequence: 1, windows });
  });

  it.each(['nonsense', '9-1', '0-999999', '1-1-1', '-1'])('%s is not found', async (key) => {
    expect((await service.get('u_ada', `/api/v1/orgs/acme/events/${key}`)).status).toBe(404);
  });
});

describe('tail and export', () => {
  it('give every event once, in the order of the ledger, whatever its time', async () => {
    const all: string[] = [];
    let position = -1;
    for (;;) {
      const { body } = await service.get('u_ada', `/api/v1/orgs/acme/events?after=${position}&limit=4`);
      all.push(...(body.events as { key: string }[]).map(({ key }) => key));
      if (body.position === position) break;
      position = body.position;
    }
    const { rows } = await world.database.query<{ key: string }>(
      `SELECT partition || '-' || raw_offset AS key FROM query.event WHERE org = $1 ORDER BY raw_offset`,
      [ACME],
    );
    expect(all).toEqual(rows.map(({ key }) => key));
    await write(ACME, lineOf(ACME, { id: 'fresh', time: '2026-11-01T00:00:00Z' }));
    await projected();
    const { body } = await service.get('u_ada', `/api/v1/orgs/acme/events?after=${position}`);
    expect((body.events as { id: string }[]).map(({ id }) => id)).toEqual(['fresh']);
  });
});

describe('a tail', () => {
  it('begins with the last events there are, in their order, and goes on from there', async () => {
    const { body } = await service.get('u_ada', '/api/v1/orgs/acme/events?after=latest&limit=3');
    const { rows } = await world.database.query<{ key: string; raw_offset: number }>(
      `SELECT partition || '-' || raw_offset AS key, raw_offset FROM query.event WHERE org = $1 ORDER BY raw_offset DESC LIMIT 3`,
      [ACME],
    );
    expect((body.events as { key: string }[]).map(({ key }) => key)).toEqual(
      rows.map(({ key }) => key).reverse(),
    );
    expect(body.position).toBe(rows[0]!.raw_offset);
    const empty = await service.get('u_gil', `/api/v1/orgs/${NEIGHBOUR}/events?after=latest&action=no.such`);
    expect(empty.body).toEqual({ events: [], position: -1 });
  });
});

describe('the API', () => {
  it('describes itself', async () => {
    const document = await (await fetch(new URL('/openapi.json', service.url))).json();
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/orgs/{org}/events',
        '/api/v1/orgs/{org}/events/{key}',
        '/api/v1/quarantine',
      ]),
    );
    expect(JSON.stringify(document)).not.toContain('/internal/');
  });

  it('tells our own services how far the projection goes, and nobody else', async () => {
    const { body } = await service.get('auditorium-service', `/internal/v1/projection?org=${ACME}`);
    const { rows } = await world.database.query('SELECT count(*) AS events FROM query.event WHERE org = $1', [
      ACME,
    ]);
    expect(body).toEqual({
      partition: partitionOf(ACME, PARTITIONS),
      last: raw,
      gap: null,
      stopped: null,
      events: rows[0].events,
    });
    expect((await service.get('u_ada', `/internal/v1/projection?org=${ACME}`)).status).toBe(403);
  });
});

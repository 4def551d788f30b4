import type pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkEvent } from '@auditorium/events';
import { createAudit, outboxBacklog, outboxMigration, runWithAuditContext } from '../src/index.ts';
import { inTransaction, productDatabase } from './support/product-database.ts';
import { catalogue } from './support/shop-catalogue.ts';

const audit = createAudit({ source: 'shop/projects', catalogue });
const actor = { type: 'user', id: 'u1' };
const renamed = {
  action: 'project.renamed',
  org: 'org_acme',
  actor,
  targets: [{ type: 'project', id: 'p1' }],
  before: { name: 'a' },
  after: { name: 'b' },
} as const;

let pool: pg.Pool;
let source: DataSource;

beforeAll(async () => {
  const database = await productDatabase();
  pool = database.pool;
  source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
});

afterAll(async () => {
  await source?.destroy();
  await pool?.end();
});

beforeEach(async () => {
  await pool.query('DELETE FROM audit_outbox; DELETE FROM project');
});

async function outbox(): Promise<{ org: string; event: Buffer }[]> {
  return (await pool.query('SELECT org, event FROM audit_outbox ORDER BY id')).rows;
}

test('Beyond 1 an event is stored with the change, and is one that enrichment accepts', async () => {
  await inTransaction(pool, async (client) => {
    await client.query(`INSERT INTO project VALUES ('p1', 'b')`);
    await audit.record(client, renamed);
  });
  const [row] = await outbox();
  expect(checkEvent(row!.event, Buffer.from(row!.org), Date.now())).toMatchObject({
    ok: true,
    type: 'project.renamed',
  });
  expect(JSON.parse(row!.event.toString())).toMatchObject({
    orgid: 'org_acme',
    subject: 'project/p1',
    data: { actor, outcome: 'success', before: { name: 'a' }, after: { name: 'b' } },
  });
});

test('Beyond 1 a transaction that is rolled back leaves no event', async () => {
  const change = inTransaction(pool, async (client) => {
    await audit.record(client, renamed);
    throw new Error('the product changed its mind');
  });
  await expect(change).rejects.toThrow('changed its mind');
  expect(await outbox()).toEqual([]);
});

test('Beyond 1 the same with the EntityManager of a TypeORM transaction', async () => {
  await source.transaction((manager) => audit.record(manager, renamed));
  const rolledBack = source.transaction(async (manager) => {
    await audit.record(manager, renamed);
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  expect(await outbox()).toHaveLength(1);
});

test('outside of a transaction nothing is stored, because nothing would tie the event to the change', async () => {
  const client = await pool.connect();
  try {
    await expect(audit.record(client, renamed)).rejects.toMatchObject({ code: 'not-in-transaction' });
  } finally {
    client.release();
  }
  await expect(audit.record(source.manager, renamed)).rejects.toMatchObject({ code: 'not-in-transaction' });
  // @ts-expect-error -- a pool is no transaction
  await expect(audit.record(pool, renamed)).rejects.toMatchObject({ code: 'not-in-transaction' });
  // @ts-expect-error -- neither is a data source
  void (() => audit.record(source, renamed));
  expect(await outbox()).toEqual([]);
});

test.each([
  ['a field of the wrong type', { ...renamed, after: { name: 7 } }, 'after.name'],
  ['an undeclared field', { ...renamed, after: { name: 'b', colour: 'red' } }, 'colour'],
  ['a missing field', { ...renamed, after: undefined }, 'after'],
  ['an unknown action', { ...renamed, action: 'project.exploded' }, 'not in the catalogue'],
  ['an undeclared type of target', { ...renamed, targets: [{ type: 'planet', id: 'x' }] }, 'planet'],
  ['an org id that no key can be', { ...renamed, org: 'not an org' }, 'org-invalid'],
  ['a lone surrogate', { ...renamed, after: { name: '\ud800' } }, 'lone-surrogate'],
  ['a NUL', { ...renamed, after: { name: 'a\0b' } }, 'nul'],
  ['a body over the limit', { ...renamed, after: { name: 'x'.repeat(262_144) } }, 'too-large'],
  ['a time more than a day ahead', { ...renamed, time: new Date(Date.now() + 2 * 86_400_000) }, 'time-ahead'],
  ['no actor anywhere', { ...renamed, actor: undefined }, 'no actor'],
])('invalid at run time (%s): the caller is told, and nothing is stored', async (_what, event, told) => {
  await inTransaction(pool, async (client) => {
    const refused = audit.record(client, event as never);
    await expect(refused).rejects.toMatchObject({
      code: 'event-invalid',
      message: expect.stringContaining(told),
    });
  });
  expect(await outbox()).toEqual([]);
});

test('actor, address and request come from the request context', async () => {
  const context = {
    org: 'org_acme',
    actor,
    ip: '192.0.2.7',
    userAgent: 'curl/8',
    requestId: 'r-1',
    traceId: 't-1',
  };
  await runWithAuditContext(context, () =>
    inTransaction(pool, (client) =>
      audit.record(client, {
        action: 'project.deleted',
        targets: [{ type: 'project', id: 'p1' }],
        context: { ip: '192.0.2.8' },
      }),
    ),
  );
  const [row] = await outbox();
  expect(JSON.parse(row!.event.toString()).data).toMatchObject({
    actor,
    context: { ip: '192.0.2.8', userAgent: 'curl/8', requestId: 'r-1', traceId: 't-1' },
  });
});

test('the migration makes the outbox in the schema it is told, and takes it away again', async () => {
  await pool.query('CREATE SCHEMA "odd ""name"');
  const migration = new (outboxMigration({ schema: 'odd "name', shards: 2 }, 1_700_000_000_001))();
  await migration.up(source);
  const odd = createAudit({ source: 'shop', catalogue, outbox: { schema: 'odd "name' } });
  await source.transaction((manager) => odd.record(manager, renamed));
  expect((await pool.query('SELECT count(*)::int AS n FROM "odd ""name".audit_outbox')).rows).toEqual([
    { n: 1 },
  ]);
  await migration.down(source);
});

test('without the migration the caller is told to run it', async () => {
  await pool.query('CREATE SCHEMA empty');
  await pool.query('CREATE TABLE empty.audit_outbox_origin AS SELECT * FROM audit_outbox_origin LIMIT 0');
  await pool.query('CREATE TABLE empty.audit_outbox AS SELECT * FROM audit_outbox LIMIT 0');
  const lost = createAudit({ source: 'shop', catalogue, outbox: { schema: 'empty' } });
  const recorded = inTransaction(pool, (client) => lost.record(client, renamed));
  await expect(recorded).rejects.toMatchObject({ code: 'outbox-missing' });
});

test('what waits can be counted, so that somebody notices when nothing is sent', async () => {
  expect(await outboxBacklog(pool)).toEqual({ events: 0, oldest: undefined });
  await source.transaction((manager) => audit.record(manager, renamed));
  expect(await outboxBacklog(pool)).toEqual({ events: 1, oldest: expect.any(Date) });
});

import { encodeEnrichedHeaders, partitionOf } from '@auditorium/events';
import { logOffsets, readPartition } from '@auditorium/kafka';
import { createCustomer, type Customer } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineOf, objectsOf } from './courier-harness.ts';
import { type PretendedDirectory, pretendDirectory } from './pretend-directory.ts';
import { PARTITIONS, startService } from './service-harness.ts';

let service: Awaited<ReturnType<typeof startService>>;
let customer: Customer;
let directory: PretendedDirectory;
const org = 'org_acme';
const partition = partitionOf(org, PARTITIONS);

let judged = 0;

/** Does enrichment's part: every raw record of the org's partition is accepted as it is. */
async function judgeAll(): Promise<string[]> {
  const { topics, producer, delivery } = service;
  const brokers = delivery.settings.AUDITORIUM_KAFKA_BROKERS;
  const end = (await logOffsets(brokers, topics.raw)).get(partition)?.end ?? 0;
  const types: string[] = [];
  for await (const { messages } of readPartition({
    brokers,
    topic: topics.raw,
    partition,
    from: 0,
    to: end,
  })) {
    for (const { offset, key, value } of messages) {
      types.push(JSON.parse(String(value)).type);
      if (offset < judged) continue;
      const headers = encodeEnrichedHeaders({
        verdict: 'accepted',
        rawOffset: offset,
        rawFrom: offset,
        digest: '00',
      });
      await producer.send(topics.enriched, partition, [{ key, value, headers }]);
      judged = offset + 1;
    }
  }
  return types;
}

beforeAll(async () => {
  directory = await pretendDirectory();
  service = await startService({ AUDITORIUM_DIRECTORY_URL: directory.url });
  const { topics, publish } = service;
  customer = await createCustomer({ externalId: 'not yet known' });
  const free = 'org_free';
  await publish(topics.orgs, org, org, { org, slug: 'acme', name: 'Acme', plan: 'enterprise', version: 1 });
  await publish(topics.orgs, free, free, { org: free, slug: 'free', name: 'Free', plan: 'free', version: 1 });
  const other = 'org_other';
  await publish(topics.orgs, other, other, {
    org: other,
    slug: 'other',
    name: 'Other',
    plan: 'enterprise',
    version: 1,
  });
  const eve = [{ user: 'u_eve', admin: true, permissions: [] }];
  await publish(topics.access, other, other, { org: other, version: 1, members: eve });
  const members = [
    { user: 'u_ada', admin: true, permissions: [] },
    { user: 'u_aud', admin: false, permissions: ['LOG-MANAGEMENT'] },
    { user: 'u_mel', admin: false, permissions: [] },
  ];
  await publish(topics.access, org, org, { org, version: 1, members });
  await publish(topics.access, free, free, { org: free, version: 1, members });
  const known = async () =>
    (await call('GET', '', 'u_ada')).status === 200 &&
    (await call('GET', '', 'u_ada', undefined, 'free')).status === 200 &&
    (await call('GET', '', 'u_eve', undefined, 'other')).status === 200;
  while (!(await known())) await new Promise((resolve) => setTimeout(resolve, 50));
});
afterAll(async () => {
  await service.stop();
  directory.close();
});

const call = async (method: string, path: string, subject: string, body?: unknown, slug = 'acme') => {
  const response = await service.call(method, `/api/v1/orgs/${slug}/destinations${path}`, subject, body);
  const text = await response.text();
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as any };
};
const wanted = () => ({
  bucket: customer.bucket,
  roleArn: customer.roleArn,
  prefix: 'audit',
  windowSeconds: 60,
});

describe('destinations over HTTP', () => {
  let id: string;

  it('WM1: only admins connect a bucket, and only where the plan includes it', async () => {
    expect(await call('POST', '', 'u_aud', wanted())).toMatchObject({
      status: 403,
      body: { missing: 'ORG-ADMIN' },
    });
    expect((await call('POST', '', 'u_stranger', wanted())).status).toBe(404);
    expect(await call('POST', '', 'u_ada', wanted(), 'free')).toMatchObject({
      status: 403,
      body: { code: 'plan-excludes' },
    });
    expect((await call('GET', '', 'u_ada')).body).toEqual({ destinations: [], next: null });
  });

  it('names every field that is wrong', async () => {
    const wrong = {
      bucket: 'UPPER',
      roleArn: 'me',
      prefix: '../x',
      region: 'here',
      windowSeconds: 0,
      secretAccessKey: 'x',
      name: 'a\0b',
    };
    const { status, body } = await call('POST', '', 'u_ada', wrong);
    expect(status).toBe(400);
    const paths = body.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['bucket', 'roleArn', 'prefix', 'region', 'windowSeconds', 'name']),
    );
    expect((await call('POST', '', 'u_ada', { ...wanted(), windowSeconds: 5 })).body.detail).toContain(
      '60 s',
    );
  });

  it('WM4, Beyond 6: answers with an external ID of its own and the policies to copy', async () => {
    const { status, body } = await call('POST', '', 'u_ada', wanted());
    expect(status).toBe(201);
    id = body.id;
    expect(body).toMatchObject({
      state: 'pending',
      bucket: customer.bucket,
      prefix: 'audit/',
      layout: 'auditorium',
      backlog: 0,
      lastSuccess: null,
      lastError: null,
    });
    expect(body.externalId).toMatch(/^auditorium-[\w-]{24}$/);
    expect(body.trustPolicy.Statement[0]).toMatchObject({
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': body.externalId } },
    });
    expect(body.permissionPolicy.Statement).toEqual([
      { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${customer.bucket}/audit/*` },
    ]);
    expect((await call('GET', '', 'u_aud')).body.destinations).toHaveLength(1);
    expect((await call('GET', `/${id}`, 'u_mel')).status).toBe(403);
  });

  it('Beyond 7: has the layout that it asks for, and no other', async () => {
    const made = await call('POST', '', 'u_ada', { ...wanted(), prefix: 'lake', layout: 'ocsf-parquet' });
    expect(made).toMatchObject({ status: 201, body: { layout: 'ocsf-parquet' } });
    const path = `/${made.body.id}`;
    expect((await call('PATCH', path, 'u_ada', { layout: 'none' })).status).toBe(400);
    const changed = await call('PATCH', path, 'u_ada', { layout: 'wiv' });
    expect(changed).toMatchObject({ status: 200, body: { layout: 'wiv' } });
    expect((await call('DELETE', path, 'u_ada')).status).toBe(204);
  });

  it('two destinations never write to the same or an overlapping place', async () => {
    for (const prefix of ['audit', 'audit/more', '']) {
      expect(await call('POST', '', 'u_ada', { ...wanted(), prefix })).toMatchObject({
        status: 409,
        body: { code: 'conflict' },
      });
    }
    const beside = await call('POST', '', 'u_ada', { ...wanted(), prefix: 'audit-2' });
    expect(beside.status).toBe(201);
    const { body: first } = await call('GET', `/${id}`, 'u_ada');
    expect(beside.body.externalId).not.toBe(first.externalId);
    expect((await call('PATCH', `/${beside.body.id}`, 'u_ada', { prefix: 'audit/x' })).status).toBe(409);
    expect((await call('DELETE', `/${beside.body.id}`, 'u_ada')).status).toBe(204);
    expect((await call('GET', `/${beside.body.id}`, 'u_ada')).status).toBe(404);
  });

  it('Beyond 14: another org can neither squat in a bucket, nor learn who uses it, nor touch its destination', async () => {
    const taken = { ...wanted(), prefix: 'squatted' };
    expect((await call('POST', '', 'u_eve', taken, 'other')).status).toBe(201);
    const mine = await call('POST', '', 'u_ada', taken);
    expect(mine.status).toBe(201);
    expect((await call('DELETE', `/${mine.body.id}`, 'u_ada')).status).toBe(204);
    const asOther = (method: string, path: string, body?: unknown) =>
      call(method, `/${id}${path}`, 'u_eve', body, 'other').then(({ status }) => status);
    expect(await asOther('GET', '')).toBe(404);
    expect(await asOther('GET', '/windows')).toBe(404);
    expect(await asOther('GET', '/history')).toBe(404);
    expect(await asOther('POST', '/test')).toBe(404);
    expect(await asOther('POST', '/pause')).toBe(404);
    expect(await asOther('PATCH', '', { name: 'mine' })).toBe(404);
    expect(await asOther('DELETE', '')).toBe(404);
  });

  it('WM5, Beyond 5: a test says what to mend, then passes', async () => {
    expect((await call('POST', `/${id}/test`, 'u_aud')).status).toBe(403);
    const failed = await call('POST', `/${id}/test`, 'u_ada');
    expect(failed).toMatchObject({
      status: 200,
      body: {
        ok: false,
        step: 'assume-role',
        code: 'sts-access-denied',
        providerCode: 'AccessDenied',
        message: expect.any(String),
        fix: expect.stringContaining('external ID'),
      },
    });
    await customer.trust((await call('GET', `/${id}`, 'u_ada')).body.externalId);
    expect((await call('POST', `/${id}/test`, 'u_ada')).body).toMatchObject({
      ok: true,
      key: expect.stringMatching(/^audit\/auditorium-test-/),
    });
  });

  it('delivers what is sealed, and shows windows, objects and history', async () => {
    await call('PATCH', `/${id}`, 'u_ada', { windowSeconds: 61 });
    const mine = Array.from({ length: 25 }, (_, n) => ({ key: org, value: Buffer.from(lineOf(org, n)) }));
    await service.producer.send(service.topics.raw, partition, mine);
    await judgeAll();
    // The first success sets the interval again to what the settings say, and there may be more than one window.
    const fire = () => service.delivery.pool.query('UPDATE delivery.destination_cursor SET next_at = now()');
    await fire();
    await expect
      .poll(async () => (await call('GET', `/${id}`, 'u_aud')).body.state, { timeout: 20_000 })
      .toBe('healthy');
    await expect
      .poll(async () => (await fire(), (await call('GET', `/${id}`, 'u_aud')).body.backlog), {
        timeout: 20_000,
      })
      .toBe(0);
    const { body } = await call('GET', `/${id}/windows`, 'u_aud');
    expect(body.windows[0]).toMatchObject({
      state: 'delivered',
      objects: [{ state: 'delivered', attempts: 1 }],
    });
    const objects = await objectsOf(customer, 'audit/');
    expect(objects.flatMap(({ lines }) => lines)).toHaveLength(
      (await call('GET', `/${id}`, 'u_aud')).body.cursor,
    );
    const { body: history } = await call('GET', `/${id}/history`, 'u_ada');
    const types = history.history.map(({ type }: { type: string }) => type);
    expect(types.toReversed().filter((type: string) => type !== 'failed')).toEqual([
      'created',
      'tested',
      'tested',
      'changed',
      'recovered',
    ]);
  });

  it('its own changes are events of the org', async () => {
    const recorded = async () => {
      const { rows } = await service.delivery.pool.query(
        'SELECT count(*)::int AS waiting FROM delivery.audit_outbox',
      );
      return rows[0].waiting;
    };
    await expect.poll(recorded).toBe(0);
    expect(await judgeAll()).toEqual(
      expect.arrayContaining([
        'destination.created',
        'destination.tested',
        'destination.changed',
        'destination.deleted',
      ]),
    );
  });

  it('pauses and resumes; the same again changes nothing', async () => {
    for (const _ of [1, 2]) expect((await call('POST', `/${id}/pause`, 'u_ada')).body.state).toBe('paused');
    for (const _ of [1, 2]) expect((await call('POST', `/${id}/resume`, 'u_ada')).body.state).toBe('healthy');
    expect((await call('POST', `/${id}/pause`, 'u_aud')).status).toBe(403);
  });

  it('a place that may hold objects is not changed', async () => {
    expect((await call('PATCH', `/${id}`, 'u_ada', { prefix: 'elsewhere' })).status).toBe(409);
    expect((await call('PATCH', `/${id}`, 'u_ada', { name: 'Ours' })).body.name).toBe('Ours');
  });

  it('WM7: deleted, it is gone for everybody', async () => {
    expect((await call('DELETE', `/${id}`, 'u_ada')).status).toBe(204);
    expect((await call('GET', '', 'u_ada')).body.destinations).toEqual([]);
    expect((await call('POST', `/${id}/resume`, 'u_ada')).status).toBe(404);
    expect((await call('GET', '/not-an-id', 'u_ada')).status).toBe(404);
    expect((await call('POST', '', 'u_ada', wanted())).status).toBe(201);
  });
});

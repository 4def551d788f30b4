import { AuditoriumError } from '@auditorium/events';
import { createS3FaultProxy, uniqueName, useServers } from '@auditorium/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeDestination } from '../src/change-destination.ts';
import { Courier } from '../src/run-courier.ts';
import { testDestination } from '../src/test-destination.ts';
import {
  type Connected,
  connect,
  courierDeps,
  type Couriers,
  destinationDeps,
  expectedLines,
  namesById,
  objectsOf,
  Producing,
  testDeps,
  WHO,
} from './courier-harness.ts';
import { createLedger, type Ledger } from './sealer-harness.ts';

let ledger: Ledger;
let producing: Producing;
let orgs = 0;
const running: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  ledger = await createLedger();
  producing = new Producing(ledger);
});

afterEach(async () => {
  for (const end of running.splice(0).toReversed()) await end();
});

afterAll(() => ledger.close());

const newOrg = () => `run_${(orgs += 1)}`;

/** A courier that is running, with the settings of the test. */
async function start(
  overrides: Parameters<typeof courierDeps>[1] = {},
): Promise<Courier & { deps: Couriers['deps'] }> {
  const { deps, close } = await courierDeps(ledger, overrides);
  const courier = new Courier({ ...deps, id: uniqueName(), leaseSeconds: 2, pollMs: 50 });
  courier.start();
  running.push(async () => {
    await courier.close(2_000);
    await close();
  });
  return Object.assign(courier, { deps });
}

/** Waits until it is so. */
async function until(so: () => Promise<boolean>): Promise<void> {
  while (!(await so())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const delivered = async ({ customer, org }: Connected): Promise<boolean> => {
  const lines = (await objectsOf(customer)).flatMap((object) => object.lines);
  return lines.length === (producing.lines.get(org) ?? []).length;
};

async function expectExact({ customer, org }: Connected): Promise<void> {
  const lines = (await objectsOf(customer)).flatMap((object) => object.lines);
  expect(lines).toEqual(expectedLines(producing.lines.get(org) ?? []));
}

describe('a running courier', () => {
  it('AK3: delivers what is sealed, window after window, for many orgs', async () => {
    const connected = await Promise.all(Array.from({ length: 12 }, () => connect(ledger.pool, newOrg())));
    await start();
    for (let round = 0; round < 3; round += 1) {
      await producing.seal(Object.fromEntries(connected.map(({ org }, i) => [org, 3 + i])), 20);
      for (const each of connected) await until(() => delivered(each));
    }
    for (const each of connected) await expectExact(each);
  });

  it('Beyond 11: says why it cannot deliver, tries again, and catches up when the cause is mended', async () => {
    const connected = await connect(ledger.pool, newOrg(), { trusted: false });
    await producing.seal({ [connected.org]: 5 });
    await start();
    await until(async () => (await connected.shown()).failures > 1);
    const failing = await connected.shown();
    expect(failing).toMatchObject({ status: 'failing', lastSuccess: null });
    expect(failing.lastFailure).toMatchObject({
      code: 'sts-access-denied',
      step: 'assume-role',
      providerCode: 'AccessDenied',
      requestId: expect.any(String),
      fix: expect.stringContaining('external ID'),
    });
    await connected.customer.trust(failing.state.externalId);
    await until(() => delivered(connected));
    await until(async () => (await connected.shown()).status === 'healthy');
    expect(await connected.shown()).toMatchObject({
      failures: 0,
      lastFailure: null,
      lastSuccess: expect.any(Date),
    });
    await expectExact(connected);
    const { rows } = await ledger.pool.query(
      'SELECT type FROM delivery.destination_event WHERE destination = $1 ORDER BY version',
      [connected.id],
    );
    expect(rows.map(({ type }) => type)).toEqual(['created', 'failed', 'recovered']);
  });

  it('WM6: a permission taken away later is told with the date of the last success; nothing is lost', async () => {
    const connected = await connect(ledger.pool, newOrg());
    await start();
    await producing.seal({ [connected.org]: 2 });
    await until(() => delivered(connected));
    await connected.customer.deny();
    await producing.seal({ [connected.org]: 2 });
    await until(async () => (await connected.shown()).status === 'failing');
    expect(await connected.shown()).toMatchObject({
      lastSuccess: expect.any(Date),
      lastFailure: { code: 's3-access-denied', step: 'write' },
    });
    await connected.customer.trust(connected.customer.externalId);
    await until(() => delivered(connected));
    await expectExact(connected);
  });

  it('a fault of ours is told as ours: the destination is not called failing, and goes on by itself', async () => {
    const connected = await connect(ledger.pool, newOrg());
    await producing.seal({ [connected.org]: 4 });
    let away = true;
    const names: typeof namesById = async (...asked) => {
      if (away) throw new AuditoriumError('upstream-unavailable', 'directory away', { retryable: true });
      return namesById(...asked);
    };
    await start({ names });
    await until(async () => (await connected.shown()).failures > 1);
    expect(await connected.shown()).toMatchObject({
      status: 'pending',
      lastFailure: { step: 'platform', code: 'upstream-unavailable' },
    });
    away = false;
    await until(() => delivered(connected));
    await until(async () => (await connected.shown()).status === 'healthy');
    await expectExact(connected);
  });

  it('a bucket that hangs delays nobody else', async () => {
    const proxy = await createS3FaultProxy((await useServers()).s3Endpoint);
    running.push(() => proxy.close());
    const hung = await Promise.all(Array.from({ length: 4 }, () => connect(ledger.pool, newOrg())));
    const well = await connect(ledger.pool, newOrg());
    const names = new Set(hung.map(({ customer }) => customer.bucket));
    proxy.script(({ method, url }) =>
      method === 'PUT' && names.has(url.split('/')[1] ?? '') ? { hang: true } : undefined,
    );
    await start({ bucketOptions: { s3Endpoint: proxy.endpoint, timeoutMs: 20_000 } });
    await producing.seal(Object.fromEntries([...hung, well].map(({ org }) => [org, 3])));
    await until(() => delivered(well));
    expect(await Promise.all(hung.map(({ customer }) => objectsOf(customer)))).toEqual([[], [], [], []]);
    await producing.seal({ [well.org]: 3 });
    await until(() => delivered(well));
    await expectExact(well);
  });

  it('the bucket of another region is found by what the provider says', async () => {
    const proxy = await createS3FaultProxy((await useServers()).s3Endpoint);
    running.push(() => proxy.close());
    const connected = await connect(ledger.pool, newOrg());
    const body = '<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>';
    const elsewhere = { answer: { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-3' }, body } };
    proxy.script(({ method, url, headers }) =>
      method === 'PUT' &&
      url.includes(connected.customer.bucket) &&
      !headers.authorization?.includes('/eu-west-3/')
        ? elsewhere
        : undefined,
    );
    await producing.seal({ [connected.org]: 3 });
    await start({ bucketOptions: { s3Endpoint: proxy.endpoint } });
    await until(async () => (await connected.shown()).state.settings.region === 'eu-west-3');
  });

  it('sends nothing while paused, and everything after', async () => {
    const connected = await connect(ledger.pool, newOrg());
    const deps = destinationDeps(ledger.pool);
    await start();
    await changeDestination(deps, connected.org, connected.id, { do: 'pause' }, WHO);
    await producing.seal({ [connected.org]: 6 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await objectsOf(connected.customer)).toEqual([]);
    expect(await connected.shown()).toMatchObject({ status: 'paused', head: 6, cursor: 0 });
    await changeDestination(deps, connected.org, connected.id, { do: 'resume' }, WHO);
    await until(() => delivered(connected));
    await expectExact(connected);
  });

  it('WM7: sends nothing more once deleted', async () => {
    const connected = await connect(ledger.pool, newOrg());
    await start();
    await producing.seal({ [connected.org]: 2 });
    await until(() => delivered(connected));
    await changeDestination(destinationDeps(ledger.pool), connected.org, connected.id, { do: 'delete' }, WHO);
    await producing.seal({ [connected.org]: 2 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await objectsOf(connected.customer)).flatMap(({ lines }) => lines)).toHaveLength(2);
  });

  it('stops at a foreign object, tells its key, and goes on when it is gone and the admin says so', async () => {
    const connected = await connect(ledger.pool, newOrg());
    const { root, bucket } = connected.customer;
    const proxy = await createS3FaultProxy((await useServers()).s3Endpoint);
    running.push(() => proxy.close());
    const { PutObjectCommand, DeleteObjectCommand } = await import('@aws-sdk/client-s3');
    let inTheWay: Promise<unknown> | undefined;
    proxy.script(({ method, url }) => {
      if (method !== 'PUT' || !url.includes(bucket) || inTheWay !== undefined) return undefined;
      inTheWay = Promise.resolve();
      return { answer: { status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' } };
    });
    await producing.seal({ [connected.org]: 3 });
    await start({ bucketOptions: { s3Endpoint: proxy.endpoint } });
    await until(async () => (await connected.shown()).status === 'conflict');
    const key = (await connected.shown()).lastFailure?.key as string;
    await root.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'theirs' }));
    const deps = destinationDeps(ledger.pool);
    await changeDestination(deps, connected.org, connected.id, { do: 'resume' }, WHO);
    await until(async () => (await connected.shown()).status === 'conflict');
    await root.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await changeDestination(deps, connected.org, connected.id, { do: 'resume' }, WHO);
    await until(() => delivered(connected));
    expect((await objectsOf(connected.customer)).map((object) => object.key)).toEqual([key]);
    await expectExact(connected);
  });

  it('two couriers share the partitions; when one dies the other takes over, and nothing comes twice', async () => {
    const connected = await Promise.all(Array.from({ length: 4 }, () => connect(ledger.pool, newOrg())));
    await ledger.pool.query(
      'INSERT INTO delivery.courier_lease (partition) SELECT generate_series(1, 5) ON CONFLICT DO NOTHING',
    );
    const [one, two] = [await start(), await start()];
    await until(async () => {
      const { rows } = await ledger.pool.query(
        'SELECT holder, count(*)::int FROM delivery.courier_lease WHERE holder IS NOT NULL GROUP BY 1',
      );
      return rows.length === 2 && rows.every(({ count }) => count === 3);
    });
    for (const dying of [one, two]) {
      await producing.seal(Object.fromEntries(connected.map(({ org }) => [org, 10])), 12);
      await dying.close(0);
      if (dying === two) break;
      for (const each of connected) await until(() => delivered(each));
    }
    await start();
    for (const each of connected) await until(() => delivered(each));
    for (const each of connected) await expectExact(each);
    await ledger.pool.query('DELETE FROM delivery.courier_lease WHERE partition > 0');
  });
});

describe('a test of a destination', () => {
  it('WM5, Beyond 5: writes a small object, or names the step that failed, the provider’s code and what to do', async () => {
    const { deps } = await start();
    const connected = await connect(ledger.pool, newOrg(), { trusted: false });
    const test = async () => testDestination(testDeps(deps), connected.org, connected.id, WHO);
    expect(await test()).toMatchObject({
      ok: false,
      failure: {
        step: 'assume-role',
        code: 'sts-access-denied',
        providerCode: 'AccessDenied',
        requestId: expect.any(String),
      },
    });
    await connected.customer.trust((await connected.shown()).state.externalId);
    const passed = await test();
    expect(passed).toMatchObject({ ok: true, failure: null, warnings: [] });
    expect(passed?.key).toMatch(/^auditorium-test-\d{8}T\d{6}Z-\w+\.txt$/);
    await connected.customer.deny();
    expect(await test()).toMatchObject({ ok: false, failure: { step: 'write', code: 's3-access-denied' } });
    const { rows } = await ledger.pool.query(
      "SELECT convert_from(event, 'utf8')::json AS event FROM delivery.audit_outbox WHERE org = $1 ORDER BY id",
      [connected.org],
    );
    expect(rows.map(({ event }) => [event.type, event.data.outcome])).toEqual([
      ['destination.created', 'success'],
      ['destination.tested', 'failure'],
      ['destination.tested', 'success'],
      ['destination.tested', 'failure'],
    ]);
  });

  it('WM3: a role that takes any external ID is not used, since anybody could have named it', async () => {
    const connected = await connect(ledger.pool, newOrg(), { trusted: false });
    await connected.customer.trust(undefined);
    const { deps } = await start();
    const test = () => testDestination(testDeps(deps), connected.org, connected.id, WHO);
    expect(await test()).toMatchObject({
      ok: false,
      failure: { step: 'assume-role', code: 'sts-any-external-id', fix: expect.any(String) },
    });
    await producing.seal({ [connected.org]: 2 });
    await until(async () => (await connected.shown()).status === 'failing');
    expect((await connected.shown()).lastFailure?.code).toBe('sts-any-external-id');
    expect(await objectsOf(connected.customer)).toEqual([]);
    await connected.customer.trust((await connected.shown()).state.externalId);
    expect(await test()).toMatchObject({ ok: true, warnings: [] });
    await until(() => delivered(connected));
    await expectExact(connected);
  });
});

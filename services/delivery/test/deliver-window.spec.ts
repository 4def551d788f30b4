import { createCustomer, createS3FaultProxy, useServers } from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeDestination } from '../src/change-destination.ts';
import { COURIER_POINTS } from '../src/courier-points.ts';
import { destinationTerms } from '../src/postgres/destination-terms.ts';
import { headSegment } from '../src/postgres/segment-at.ts';
import { localFiles } from '../src/s3/local-files.ts';
import { OrgHistories } from '../src/s3/org-histories.ts';
import { SegmentCache } from '../src/s3/segment-cache.ts';
import { headOf } from '../src/postgres/show-destinations.ts';
import {
  type Connected,
  connect,
  courierDeps,
  destinationDeps,
  type Couriers,
  expectedLines,
  killAt,
  Killed,
  objectsOf,
  Producing,
  takeOver,
  turn,
  WHO,
} from './courier-harness.ts';
import { createLedger, type Ledger, storeAt } from './sealer-harness.ts';

let ledger: Ledger;
let producing: Producing;
let couriers: Couriers;
let orgs = 0;

beforeAll(async () => {
  ledger = await createLedger();
  producing = new Producing(ledger);
  couriers = await courierDeps(ledger);
});

afterAll(async () => {
  await couriers.close();
  await ledger.close();
});

const newOrg = () => `org_${(orgs += 1)}`;

/** Each event exactly once, in order, as the ledger has it; and every term adds up. */
async function expectWhole({ org, customer, id }: Connected, prefix = ''): Promise<void> {
  const objects = await objectsOf(customer, prefix);
  expect(objects.flatMap(({ lines }) => lines)).toEqual(expectedLines(producing.lines.get(org) ?? []));
  let next = 1;
  for (const { first, last, lines } of objects) {
    expect([first, last - first + 1]).toEqual([next, lines.length]);
    next = last + 1;
  }
  const head = await headOf(ledger.pool, org);
  const terms = (await destinationTerms(ledger.pool as never, org, head)).find((each) => each.id === id);
  expect(terms).toMatchObject({
    start: 0,
    delivered: head,
    pending: 0,
    filtered: 0,
    quarantined: 0,
    expired: 0,
  });
}

describe('delivering a window', () => {
  it('AK3: puts the events of a window in one new file that gunzip reads: the ledger’s lines and the names', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org, { prefix: 'audit/log/' });
    await producing.seal({ [org]: 30, other: 20 }, 7);
    expect(await turn(couriers.deps, await takeOver(ledger.pool), connected.id)).toBe('delivered');
    const [object, ...more] = await objectsOf(connected.customer);
    expect(more).toEqual([]);
    expect(object?.key).toMatch(
      new RegExp(`^audit/log/${org}/\\d{4}/\\d\\d/\\d\\d/1-30-[0-9a-f]{10}\\.ndjson\\.gz$`),
    );
    await expectWhole(connected);
  });

  it('Beyond 11: goes from pending to healthy, and rests when there is nothing to send', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    expect(await connected.shown()).toMatchObject({
      status: 'pending',
      head: 0,
      cursor: 0,
      lastSuccess: null,
      waitingSince: null,
    });
    const lease = await takeOver(ledger.pool);
    expect(await turn(couriers.deps, lease, connected.id)).toBe('nothing due');
    await producing.seal({ [org]: 3 });
    expect(await connected.shown()).toMatchObject({ head: 3, cursor: 0, waitingSince: expect.any(Date) });
    await turn(couriers.deps, lease, connected.id);
    expect(await turn(couriers.deps, lease, connected.id)).toBe('nothing due');
    expect(await connected.shown()).toMatchObject({
      status: 'healthy',
      cursor: 3,
      windows: 1,
      objects: 1,
      lastSuccess: expect.any(Date),
    });
  });

  it('window after window, over many segments, each event once', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    const lease = await takeOver(ledger.pool);
    for (const count of [1, 40, 7, 200]) {
      await producing.seal({ [org]: count, noise: 5 }, 13);
      expect(await turn(couriers.deps, lease, connected.id)).toBe('delivered');
    }
    expect((await objectsOf(connected.customer)).map(({ first, last }) => [first, last])).toEqual([
      [1, 1],
      [2, 41],
      [42, 48],
      [49, 248],
    ]);
    await expectWhole(connected);
  });

  it('a destination made today begins with the oldest event, or with the next one', async () => {
    const org = newOrg();
    await producing.seal({ [org]: 50 }, 9);
    const [whole, rest] = [await connect(ledger.pool, org), await connect(ledger.pool, org, { from: 'now' })];
    await producing.seal({ [org]: 10 }, 9);
    const lease = await takeOver(ledger.pool);
    await turn(couriers.deps, lease, whole.id);
    await turn(couriers.deps, lease, rest.id);
    await expectWhole(whole);
    expect((await objectsOf(rest.customer)).map(({ first, last }) => [first, last])).toEqual([[51, 60]]);
  });

  it('a long window becomes several objects below the size', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 100 }, 17, 300);
    const small = await courierDeps(ledger, { objectBytes: 5_000 });
    expect(await turn(small.deps, await takeOver(ledger.pool), connected.id)).toBe('delivered');
    expect((await objectsOf(connected.customer)).length).toBeGreaterThan(8);
    await expectWhole(connected);
    await small.close();
  });

  it('keeps within its turn: the rest of a long window goes on in the slow lane', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 60 }, 17, 300);
    let now = 0;
    const hurried = await courierDeps(ledger, { objectBytes: 5_000, elapsed: () => (now += 900) });
    const lease = await takeOver(ledger.pool);
    expect(await turn(hurried.deps, lease, connected.id)).toBe('goes on');
    const { rows } = await ledger.pool.query(
      'SELECT slow FROM delivery.destination_cursor WHERE destination = $1',
      [connected.id],
    );
    expect(rows).toEqual([{ slow: true }]);
    while ((await turn(hurried.deps, lease, connected.id)) === 'goes on');
    await expectWhole(connected);
    await hurried.close();
  });

  it('an object larger than allowed holds one event', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 3 }, 1e9, 9_000);
    const small = await courierDeps(ledger, { objectBytes: 5_000 });
    await turn(small.deps, await takeOver(ledger.pool), connected.id);
    expect((await objectsOf(connected.customer)).map(({ lines }) => lines.length)).toEqual([1, 1, 1]);
    await expectWhole(connected);
    await small.close();
  });
});

describe('Beyond 2: a courier killed at any point', () => {
  const objectBytes = 2_500;
  for (const point of COURIER_POINTS) {
    for (const nth of [1, 2, 3]) {
      it(`${point}, time ${nth}: the next one leaves each event in exactly one object, under the planned key`, async () => {
        const org = newOrg();
        const connected = await connect(ledger.pool, org);
        await producing.seal({ [org]: 30 }, 11);
        const doomed = await courierDeps(ledger, { reached: killAt(point, nth), objectBytes });
        const death = turn(doomed.deps, await takeOver(ledger.pool), connected.id);
        if (point === 'courier.window-stored' && nth > 1) expect(await death).toBe('delivered');
        else await expect(death).rejects.toThrow(Killed);
        const planned = await ledger.pool.query(
          'SELECT key, digest FROM delivery.object_plan WHERE destination = $1',
          [connected.id],
        );
        await producing.seal({ [org]: 5 }, 11);
        const next = await courierDeps(ledger, { objectBytes });
        const lease = await takeOver(ledger.pool);
        await turn(next.deps, lease, connected.id);
        await turn(next.deps, lease, connected.id);
        await expectWhole(connected);
        const keys = (await objectsOf(connected.customer)).map(({ key }) => key);
        for (const { key } of planned.rows) expect(keys).toContain(key);
        await Promise.all([doomed.close(), next.close()]);
      });
    }
  }

  it('an answer lost after the object was written is success at the next try', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 10 });
    const proxy = await createS3FaultProxy((await useServers()).s3Endpoint);
    proxy.script(({ method }) => (method === 'PUT' ? { forward: 'reset' } : undefined));
    const unlucky = await courierDeps(ledger, { bucketOptions: { s3Endpoint: proxy.endpoint } });
    const lease = await takeOver(ledger.pool);
    await expect(turn(unlucky.deps, lease, connected.id)).rejects.toMatchObject({ code: 's3-unavailable' });
    expect(await objectsOf(connected.customer)).toHaveLength(1);
    expect(await turn(couriers.deps, lease, connected.id)).toBe('delivered');
    await expectWhole(connected);
    const { rows } = await ledger.pool.query('SELECT found FROM delivery.receipt WHERE destination = $1', [
      connected.id,
    ]);
    expect(rows).toEqual([{ found: true }]);
    await Promise.all([unlucky.close(), proxy.close()]);
  });

  it('an object that we did not write is a conflict, and stays as it is', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 10 });
    const planner = await courierDeps(ledger, { reached: killAt('courier.plans-copied') });
    const lease = await takeOver(ledger.pool);
    await expect(turn(planner.deps, lease, connected.id)).rejects.toThrow(Killed);
    const { rows } = await ledger.pool.query('SELECT key FROM delivery.object_plan WHERE destination = $1', [
      connected.id,
    ]);
    const { PutObjectCommand, GetObjectCommand } = await import('@aws-sdk/client-s3');
    const place = { Bucket: connected.customer.bucket, Key: rows[0].key as string };
    await connected.customer.root.send(new PutObjectCommand({ ...place, Body: 'somebody else’s' }));
    for (const _ of [1, 2])
      await expect(turn(couriers.deps, lease, connected.id)).rejects.toMatchObject({
        code: 'object-conflict',
      });
    const { Body } = await connected.customer.root.send(new GetObjectCommand(place));
    expect(await Body?.transformToString()).toBe('somebody else’s');
    await planner.close();
  });

  it('two couriers at once: the one that has lost the lease can do no harm', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 40 }, 11);
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    let reach = (): void => undefined;
    const there = new Promise<void>((resolve) => (reach = resolve));
    const zombie = await courierDeps(ledger, {
      objectBytes: 2_500,
      reached: async (point) => {
        if (point !== 'courier.attempt-recorded') return;
        reach();
        await asleep;
      },
    });
    const outcome = turn(zombie.deps, await takeOver(ledger.pool), connected.id).catch(
      (error: unknown) => error,
    );
    await there;
    const lease = await takeOver(ledger.pool);
    const successor = await courierDeps(ledger, { objectBytes: 2_500 });
    expect(await turn(successor.deps, lease, connected.id)).toBe('delivered');
    wake();
    expect(await outcome).toMatchObject({ code: 'fenced' });
    await expectWhole(connected);
    await Promise.all([zombie.close(), successor.close()]);
  });

  it('a ledger bucket that is away is a fault of ours, not of the customer’s bucket', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 4 });
    const store = await storeAt('http://127.0.0.1:1', ledger.bucket);
    const cache = new SegmentCache({
      store,
      files: localFiles(`/tmp/auditorium-test-${org}`),
      diskBytes: 1e6,
    });
    const histories = new OrgHistories(cache, (of) => headSegment(ledger.pool, of));
    const lost = await courierDeps(ledger, { histories });
    await expect(turn(lost.deps, await takeOver(ledger.pool), connected.id)).rejects.toMatchObject({
      code: 'upstream-unavailable',
    });
    await Promise.all([lost.close(), store.close()]);
  });

  it('a destination moved to another bucket before anything was sent begins there', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    const elsewhere = await createCustomer({ externalId: (await connected.shown()).state.externalId });
    await producing.seal({ [org]: 12 });
    const settings = { bucket: elsewhere.bucket, roleArn: elsewhere.roleArn };
    const move = () =>
      changeDestination(destinationDeps(ledger.pool), org, connected.id, { do: 'change', settings }, WHO);
    const surprised = await courierDeps(ledger, {
      reached: async (point) => {
        if (point === 'courier.plans-copied') expect(await move()).toMatchObject({ outcome: 'done' });
      },
    });
    const lease = await takeOver(ledger.pool);
    expect(await turn(surprised.deps, lease, connected.id)).toBe('inactive');
    expect(await turn(couriers.deps, lease, connected.id)).toBe('delivered');
    expect(await objectsOf(connected.customer)).toEqual([]);
    await expectWhole({ ...connected, customer: elsewhere });
    const back = { bucket: connected.customer.bucket };
    const refused = await changeDestination(
      destinationDeps(ledger.pool),
      org,
      connected.id,
      { do: 'change', settings: back },
      WHO,
    );
    expect(refused).toMatchObject({ outcome: 'refused' });
    await surprised.close();
  });

  it('names that cannot be had delay the object; they are never sent as missing', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 4 });
    const nameless = await courierDeps(ledger, { names: () => Promise.reject(new Error('directory away')) });
    const lease = await takeOver(ledger.pool);
    await expect(turn(nameless.deps, lease, connected.id)).rejects.toThrow('directory away');
    expect(await objectsOf(connected.customer)).toEqual([]);
    await turn(couriers.deps, lease, connected.id);
    await expectWhole(connected);
    await nameless.close();
  });

  it('goes on when credentials end while a window is under way', async () => {
    const org = newOrg();
    const connected = await connect(ledger.pool, org);
    await producing.seal({ [org]: 30 }, 11);
    const short = await courierDeps(ledger, {
      bucketOptions: { roleSeconds: 1 },
      objectBytes: 2_500,
      reached: async (point) => {
        if (point === 'courier.receipt-stored') await new Promise((resolve) => setTimeout(resolve, 700));
      },
    });
    const lease = await takeOver(ledger.pool);
    while ((await turn(short.deps, lease, connected.id)) === 'goes on');
    await expectWhole(connected);
    await short.close();
  });
});

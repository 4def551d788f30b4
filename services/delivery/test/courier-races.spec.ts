import { uniqueName } from '@auditorium/testing';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adoptPlans } from '../src/adopt-plans.ts';
import { changeDestination } from '../src/change-destination.ts';
import { takeLeases } from '../src/postgres/leases.ts';
import { storePlans } from '../src/postgres/plans.ts';
import { openWindow } from '../src/postgres/windows.ts';
import { Courier } from '../src/run-courier.ts';
import {
  connect,
  type Connected,
  courierDeps,
  destinationDeps,
  expectedLines,
  killAt,
  objectsOf,
  Producing,
  takeOver,
  turn,
  WHO,
} from './courier-harness.ts';
import { createLedger, type Ledger } from './sealer-harness.ts';

let ledger: Ledger;
let producing: Producing;
let orgs = 0;

beforeAll(async () => {
  ledger = await createLedger();
  producing = new Producing(ledger);
});
afterAll(() => ledger.close());

const newOrg = (): string => `race_${(orgs += 1)}`;

/** An admin's transaction that holds the destination, and what ends it. */
async function hold(id: string): Promise<pg.PoolClient> {
  const client = await ledger.pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM delivery.destination_cursor WHERE destination = $1 FOR UPDATE', [id]);
  await client.query('SELECT 1 FROM delivery.destination WHERE id = $1 FOR UPDATE', [id]);
  return client;
}

/** Until somebody waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await ledger.pool.query(waiting)).rowCount === 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

const movePrefix = (id: string, prefix: string): [string, unknown[]] => [
  `UPDATE delivery.destination SET prefix = $2,
     state = jsonb_set(jsonb_set(state, '{settings,prefix}', to_jsonb($2::text)), '{settingsVersion}', '2') WHERE id = $1`,
  [id, prefix],
];

describe('a courier and an admin at the same moment', () => {
  it('a window that had to wait for a change is of the settings after it', async () => {
    const connected = await connect(ledger.pool, newOrg(), { prefix: 'old/' });
    await producing.seal({ [connected.org]: 3 });
    const lease = await takeOver(ledger.pool);
    const admin = await hold(connected.id);
    const opening = openWindow(ledger.pool, lease, connected.id);
    await untilSomebodyWaits();
    await admin.query(...movePrefix(connected.id, 'new/'));
    await admin.query('COMMIT');
    admin.release();
    const opened = await opening;
    expect(opened?.destination.state.settings.prefix).toBe('new/');
    expect(opened?.window).toMatchObject({ settingsVersion: 2, shape: { prefix: 'new/' } });
  });

  it('planning and moving a destination do not wait for each other', async () => {
    const connected = await connect(ledger.pool, newOrg());
    await producing.seal({ [connected.org]: 3 });
    const lease = await takeOver(ledger.pool);
    const opened = await openWindow(ledger.pool, lease, connected.id);
    const admin = await hold(connected.id);
    const plan = planIn(connected, opened?.window.id ?? 0);
    const planning = storePlans(ledger.pool, lease, [plan]).then(
      () => 'stored',
      (error: unknown) => (error as { code?: string }).code,
    );
    await untilSomebodyWaits();
    await admin.query('DELETE FROM delivery.delivery_window WHERE destination = $1', [connected.id]);
    await admin.query('COMMIT');
    admin.release();
    expect(await planning).toBe('stopping');
  });
});

function planIn({ id, org }: Connected, window: number): Parameters<typeof storePlans>[2][number] {
  return {
    id: crypto.randomUUID(),
    window,
    destination: id,
    first: 1,
    last: 3,
    part: 'events',
    plannedAt: new Date(),
    layout: 'auditorium',
    layoutVersion: 1,
    key: `${org}/x.ndjson.gz`,
    events: 3,
    filtered: 0,
    quarantined: 0,
    bytes: 1,
    copiedIn: null,
    digest: '',
  };
}

describe('answers that were lost', () => {
  it('a lease whose taking was never answered is taken again, and its partition delivered', async () => {
    const connected = await connect(ledger.pool, newOrg());
    await producing.seal({ [connected.org]: 5 });
    const couriers = await courierDeps(ledger);
    const id = uniqueName();
    await ledger.pool.query("UPDATE delivery.courier_lease SET expires_at = '-infinity'");
    expect(await takeLeases(ledger.pool, id, 2, 1)).toHaveLength(1);
    const courier = new Courier({ ...couriers.deps, id, leaseSeconds: 2, pollMs: 50 });
    courier.start();
    while ((await connected.shown()).cursor < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    await courier.close(2_000);
    await couriers.close();
  });

  it('a plan that was dropped is not taken up from its copy: its place has been left', async () => {
    const connected = await connect(ledger.pool, newOrg(), { prefix: 'old/' });
    await producing.seal({ [connected.org]: 5 });
    const doomed = await courierDeps(ledger, { reached: killAt('courier.copy-written') });
    await expect(turn(doomed.deps, await takeOver(ledger.pool), connected.id)).rejects.toThrow(
      'courier.copy-written',
    );
    const change = { do: 'change', settings: { prefix: 'new/' } } as const;
    const moved = await changeDestination(
      destinationDeps(ledger.pool),
      connected.org,
      connected.id,
      change,
      WHO,
    );
    expect(moved.outcome).toBe('done');
    const next = await courierDeps(ledger);
    const lease = await adoptPlans(next.deps, await takeOver(ledger.pool));
    if (lease === undefined) return expect.unreachable();
    expect(await turn(next.deps, lease, connected.id)).toBe('delivered');
    const objects = await objectsOf(connected.customer);
    expect(objects.map(({ key }) => key.split('/')[0])).toEqual(['new']);
    expect(objects[0]?.lines).toEqual(expectedLines(producing.lines.get(connected.org) ?? []));
    await Promise.all([doomed.close(), next.close()]);
  });

  it('a database restored to between plan and attempt finds its object, and calls it no conflict', async () => {
    const connected = await connect(ledger.pool, newOrg());
    await producing.seal({ [connected.org]: 5 });
    const first = await takeOver(ledger.pool);
    const doomed = await courierDeps(ledger, { reached: killAt('courier.after-put') });
    await expect(turn(doomed.deps, first, connected.id)).rejects.toThrow('courier.after-put');
    // What a backup has that was made right before the attempt.
    await ledger.pool.query(
      'DELETE FROM delivery.attempt a USING delivery.object_plan p WHERE p.id = a.plan AND p.destination = $1',
      [connected.id],
    );
    const next = await courierDeps(ledger);
    const lease = await adoptPlans(next.deps, await takeOver(ledger.pool));
    if (lease === undefined) return expect.unreachable();
    expect(await turn(next.deps, lease, connected.id)).toBe('delivered');
    expect(await objectsOf(connected.customer)).toHaveLength(1);
    await Promise.all([doomed.close(), next.close()]);
  });
});

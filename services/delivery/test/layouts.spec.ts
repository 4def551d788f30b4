import { gunzipSync } from 'node:zlib';
import { LAYOUT_NAMES, type LayoutName } from '@auditorium/layouts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeDestination } from '../src/change-destination.ts';
import { locateEvent } from '../src/locate-event.ts';
import { destinationTerms } from '../src/postgres/destination-terms.ts';
import { headOf } from '../src/postgres/show-destinations.ts';
import { SegmentFooters } from '../src/s3/segment-footers.ts';
import {
  type Connected,
  connect,
  courierDeps,
  destinationDeps,
  type Couriers,
  filesOf,
  killAt,
  Killed,
  objectsOf,
  Producing,
  takeOver,
  turn,
  WHO,
} from './courier-harness.ts';
import { createLedger, type Ledger } from './sealer-harness.ts';

const ACTIONS = ['project.renamed', 'member.invited', 'api-key.created'];
/** An hour apart, so that thirty of them are of three days. */
const eventAt = (n: number) => ({
  source: 'product',
  type: ACTIONS[n % 3],
  time: new Date(Date.UTC(2026, 10, 20, n * 2)).toISOString(),
});
const EVENTS = 30;

let ledger: Ledger;
let producing: Producing;
let couriers: Couriers;
let orgs = 0;

beforeAll(async () => {
  ledger = await createLedger();
  producing = new Producing(ledger, eventAt);
  couriers = await courierDeps(ledger);
});

afterAll(async () => {
  await couriers.close();
  await ledger.close();
});

async function connected(layout: LayoutName): Promise<Connected> {
  return connect(ledger.pool, `org_layout_${(orgs += 1)}`, { prefix: 'audit/', layout });
}

/** What an object's key must look like (WM9, WV1), and how many there are of the thirty events. */
const KEYS: Readonly<Record<LayoutName, { key: RegExp; objects: number }>> = {
  auditorium: {
    key: /^audit\/org_layout_\d+\/\d{4}\/\d\d\/\d\d\/1-30-[0-9a-f]{10}\.ndjson\.gz$/,
    objects: 1,
  },
  wiremock: {
    key: /^audit\/\d{4}-\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-[0-9a-z]{7,8}\.json$/,
    objects: 1,
  },
  wiv: { key: /^audit\/org_layout_\d+\/(?:org|user|api)-audit-logs-\d{13}\.json\.gz$/, objects: 3 },
  airkit: { key: /^audit\/org_layout_\d+\/\d{4}\/\d\d\/\d\d\/1-30-[0-9a-f]{10}\.json\.gz$/, objects: 1 },
  'airkit-events': {
    key: /^audit\/org_layout_\d+\/\d{4}\/\d\d\/\d\d\/1-30-[0-9a-f]{10}\.json\.gz$/,
    objects: 1,
  },
  'weka-s3': { key: /^audit\/org_layout_\d+\/\d{4}\/\d\d\/\d\d\/1-30-[0-9a-f]{10}\.json\.gz$/, objects: 1 },
  'ocsf-parquet': {
    key: /^audit\/region=us-east-1\/accountId=external_org_layout_\d+\/eventDay=202611\d\d\/1-30-[0-9a-f]{10}\.parquet$/,
    objects: 3,
  },
};

/** Ids of the events in an object, wherever its layout puts them; of a Parquet file only that it is one. */
function idsIn({ key, bytes }: { key: string; bytes: Buffer }): string[] {
  if (key.endsWith('.parquet')) {
    expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', bytes.length - 4)]).toEqual([
      'PAR1',
      'PAR1',
    ]);
    return [];
  }
  const text = (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const records = text.startsWith('[') ? JSON.parse(text) : text.trimEnd().split('\n').map(parse);
  return records.map(idOf);
}
const parse = (line: string): Record<string, unknown> => JSON.parse(line);
const idOf = (record: Record<string, unknown>): string =>
  String(record['id'] ?? record['eventId'] ?? record['EVENT_ID'] ?? record['requestID']);

/** Every event counted as delivered, and as many records as events, none twice. */
async function expectWhole({ org, customer, id }: Connected, events: number): Promise<string[]> {
  const files = await filesOf(customer);
  const ids = files.flatMap(idsIn);
  if (ids.length > 0) expect([ids.length, new Set(ids).size]).toEqual([events, events]);
  const head = await headOf(ledger.pool, org);
  const terms = (await destinationTerms(ledger.pool as never, org, head)).find((each) => each.id === id);
  expect(terms).toMatchObject({ delivered: events, pending: 0, filtered: 0, quarantined: 0, expired: 0 });
  return files.map(({ key }) => key);
}

describe.each(LAYOUT_NAMES)('Beyond 7: a destination with the layout %s', (layout) => {
  it('delivers every event of a window once, under the keys of the layout', async () => {
    const destination = await connected(layout);
    await producing.seal({ [destination.org]: EVENTS }, 11);
    expect(await turn(couriers.deps, await takeOver(ledger.pool), destination.id)).toBe('delivered');
    const keys = await expectWhole(destination, EVENTS);
    expect(keys).toHaveLength(KEYS[layout].objects);
    for (const key of keys) expect(key).toMatch(KEYS[layout].key);
  });

  it('sends the same bytes under the same key after a crash behind the PUT', async () => {
    const destination = await connected(layout);
    await producing.seal({ [destination.org]: EVENTS }, 11);
    const doomed = await courierDeps(ledger, { reached: killAt('courier.after-put') });
    await expect(turn(doomed.deps, await takeOver(ledger.pool), destination.id)).rejects.toThrow(Killed);
    const before = await filesOf(destination.customer);
    expect(before).toHaveLength(1);
    expect(await turn(couriers.deps, await takeOver(ledger.pool), destination.id)).toBe('delivered');
    const keys = await expectWhole(destination, EVENTS);
    expect(keys).toHaveLength(KEYS[layout].objects);
    expect(await filesOf(destination.customer)).toEqual(expect.arrayContaining(before));
    await doomed.close();
  });

  it('gives every plan a key of its own, also where the clock stands still', async () => {
    const destination = await connected(layout);
    const still = new Date('2026-11-21T09:00:00.042Z');
    const stuck = await courierDeps(ledger, { now: () => still, objectBytes: 2_500 });
    const lease = await takeOver(ledger.pool);
    for (const count of [EVENTS, 5]) {
      await producing.seal({ [destination.org]: count }, 11);
      while ((await turn(stuck.deps, lease, destination.id)) === 'goes on');
    }
    const keys = await expectWhole(destination, EVENTS + 5);
    expect(keys.length).toBeGreaterThan(3);
    await stuck.close();
  });
});

describe('WV1: a Wiv key', () => {
  it('is not taken again by a destination that is made anew at the same place', async () => {
    const first = await connected('wiv');
    const still = new Date('2026-11-21T09:00:00.042Z');
    const stuck = await courierDeps(ledger, { now: () => still });
    const lease = await takeOver(ledger.pool);
    await producing.seal({ [first.org]: 6 }, 11);
    await turn(stuck.deps, lease, first.id);
    const deps = destinationDeps(ledger.pool);
    await changeDestination(deps, first.org, first.id, { do: 'delete' }, WHO);
    const second = await connect(ledger.pool, first.org, {
      prefix: 'audit/',
      layout: 'wiv',
      customer: first.customer,
    });
    expect(await turn(stuck.deps, lease, second.id)).toBe('delivered');
    expect(await filesOf(first.customer)).toHaveLength(6);
    await stuck.close();
  });
});

describe('where an event lies', () => {
  it.each([
    ['wiv', 'audit/{org}/user-audit-logs-'],
    ['ocsf-parquet', '/eventDay=20261121/'],
    ['airkit', 'audit/{org}/'],
  ] as const)('with the layout %s it is the one object that holds it', async (layout, place) => {
    const destination = await connected(layout);
    const { org, id } = destination;
    const raw = producing.nextRaw;
    await producing.seal({ [org]: EVENTS }, 11);
    await turn(couriers.deps, await takeOver(ledger.pool), id);
    // The thirteenth event: an invitation, on the second day.
    const deps = { pool: ledger.pool, store: ledger.store, footers: new SegmentFooters(ledger.store) };
    const found = await locateEvent(deps, org, 0, raw + 12);
    expect(found).toMatchObject({ sequence: 13, windows: [{ destination: id, state: 'delivered' }] });
    expect(found?.windows[0]?.object).toContain(place.replace('{org}', org));
  });
});

describe('a change of the layout', () => {
  it('counts from the next window on; the one that is under way keeps its own', async () => {
    const destination = await connected('auditorium');
    const { org, id, customer } = destination;
    await producing.seal({ [org]: 12 }, 11);
    const doomed = await courierDeps(ledger, { reached: killAt('courier.window-stored') });
    await expect(turn(doomed.deps, await takeOver(ledger.pool), id)).rejects.toThrow(Killed);
    const change = { do: 'change', settings: { layout: 'wiremock' } } as const;
    const changed = await changeDestination(destinationDeps(ledger.pool), org, id, change, WHO);
    expect(changed).toMatchObject({ outcome: 'done', state: { settings: { layout: 'wiremock' } } });
    const lease = await takeOver(ledger.pool);
    expect(await turn(couriers.deps, lease, id)).toBe('delivered');
    expect((await objectsOf(customer)).map(({ first, last }) => [first, last])).toEqual([[1, 12]]);
    expect(await filesOf(customer)).toHaveLength(1);
    await producing.seal({ [org]: 5 }, 11);
    expect(await turn(couriers.deps, lease, id)).toBe('delivered');
    const keys = await expectWhole(destination, 17);
    expect(keys.filter((key) => KEYS.wiremock.key.test(key))).toHaveLength(1);
    expect(keys).toHaveLength(2);
    await doomed.close();
  });
});

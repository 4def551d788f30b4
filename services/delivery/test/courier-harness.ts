import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { LayoutName, NameOf } from '@auditorium/layouts';
import { createPool } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import {
  createCustomer,
  type Customer,
  platformCredentials,
  uniqueName,
  useServers,
} from '@auditorium/testing';
import type pg from 'pg';
import { deliveryAudit } from '../src/audit-catalogue.ts';
import { PlanCopier } from '../src/copy-plans.ts';
import type { CourierDependencies } from '../src/courier-dependencies.ts';
import type { CourierPoint } from '../src/courier-points.ts';
import { createDestination, type DestinationDependencies } from '../src/create-destination.ts';
import { deliverWindow, type Delivered } from '../src/deliver-window.ts';
import { ByteBudget } from '../src/domain/byte-budget.ts';
import { type Lease, takeLeases } from '../src/postgres/leases.ts';
import { readDestination, type ShownDestination } from '../src/postgres/show-destinations.ts';
import type { TestDependencies } from '../src/test-destination.ts';
import { CustomerBuckets, type CustomerBucketsOptions } from '../src/s3/customer-buckets.ts';
import { headSegment } from '../src/postgres/segment-at.ts';
import { localFiles } from '../src/s3/local-files.ts';
import { OrgHistories } from '../src/s3/org-histories.ts';
import { PlanCopies } from '../src/s3/plan-copies.ts';
import { SegmentCache } from '../src/s3/segment-cache.ts';
import { dependencies, EnrichedLog, type Ledger, live, silent, type Verdict } from './sealer-harness.ts';

export const WHO = { actor: { type: 'user', id: 'u_ada' }, context: {} };

/** Everybody is called after their id and version. */
export const namesById = async (): Promise<NameOf> => (actor) =>
  actor.version === null
    ? undefined
    : { name: `${actor.id} v${actor.version}`, email: `${actor.id}@example.com` };

/** A line as enrichment writes it. */
export function lineOf(org: string, n: number, more: object = {}): string {
  const data = {
    actor: { type: 'user', id: `u_${n % 7}` },
    targets: [],
    outcome: 'success',
    metadata: { n },
  };
  return JSON.stringify({
    specversion: '1.0',
    id: `e${n}`,
    type: 'a.b',
    orgid: org,
    data,
    ...more,
    actorversion: n % 3,
  });
}

/** Seals events of several orgs into partition 0, a segment for about `perSegment` of them. */
export class Producing {
  readonly lines = new Map<string, string[]>();
  readonly #log = new EnrichedLog();
  readonly #ledger: Ledger;
  readonly #more: (n: number) => object;
  #raw = 0;

  /** @param more attributes of an org's n-th event beside those of `lineOf` */
  constructor(ledger: Ledger, more: (n: number) => object = () => ({})) {
    this.#ledger = ledger;
    this.#more = more;
  }

  async seal(events: Readonly<Record<string, number>>, perSegment = 1e9, padding = 0): Promise<void> {
    const left = new Map(Object.entries(events));
    const bytes = perSegment * (200 + padding);
    while ([...left.values()].some((count) => count > 0)) {
      for (const [org, count] of left) {
        if (count > 0) this.#add(org, padding);
        left.set(org, count - 1);
      }
    }
    await live(dependencies(this.#ledger, { segmentBytes: bytes }), 0, this.#log, 50);
  }

  /** Raw offset of the next event. */
  get nextRaw(): number {
    return this.#raw;
  }

  /** Another database, restored to an earlier moment, seals again what the log has. */
  async reseal(ledger: Ledger): Promise<void> {
    await live(dependencies(ledger, { segmentBytes: 3_000 }), 0, this.#log, 50);
  }

  #add(org: string, padding: number): void {
    const mine = this.lines.get(org) ?? [];
    const n = mine.length + 1;
    const padded = padding === 0 ? {} : { padding: 'x'.repeat(padding) };
    const line = lineOf(org, n, { ...this.#more(n), ...padded });
    mine.push(line);
    this.lines.set(org, mine);
    const verdict: Verdict = { raw: this.#raw++, verdict: 'accepted', org, value: Buffer.from(line) };
    this.#log.add(verdict);
  }
}

/** What an org's bucket must hold in the end: the ledger's lines and the names. */
export function expectedLines(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const { data, actorversion } = JSON.parse(line);
    const { id } = data.actor;
    return `${line.slice(0, -1)},"actorname":"${id} v${actorversion}","actoremail":"${id}@example.com"}`;
  });
}

export interface DeliveredObject {
  key: string;
  first: number;
  last: number;
  lines: string[];
}

/** Every object of a customer's bucket, as it lies there. */
export async function filesOf(
  { bucket, root }: Pick<Customer, 'bucket' | 'root'>,
  prefix = '',
): Promise<{ key: string; bytes: Buffer }[]> {
  const { ListObjectsV2Command, GetObjectCommand } = await import('@aws-sdk/client-s3');
  const listed = await root.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const files = (listed.Contents ?? []).map(async ({ Key: key = '' }) => {
    const { Body } = await root.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = await (Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray();
    return { key, bytes: Buffer.from(bytes) };
  });
  return Promise.all(files);
}

/** Every object of our own layout, in the order of their first event, tests apart. */
export async function objectsOf(
  customer: Pick<Customer, 'bucket' | 'root'>,
  prefix = '',
): Promise<DeliveredObject[]> {
  const files = await filesOf(customer, prefix);
  const objects = files
    .filter(({ key }) => key.endsWith('.ndjson.gz'))
    .map(({ key, bytes }) => {
      const [first = 0, last = 0] = (key.split('/').at(-1) ?? '').split('-').map(Number);
      return { key, first, last, lines: gunzipSync(bytes).toString().split('\n').slice(0, -1) };
    });
  return objects.toSorted((a, b) => a.first - b.first);
}

export interface Couriers {
  deps: CourierDependencies & { copies: PlanCopies; buckets: CustomerBuckets };
  close(): Promise<void>;
}

/** What a courier works with, over a ledger on real servers; everything that a test may want to be different, is. */
export async function courierDeps(
  ledger: Ledger,
  overrides: Partial<CourierDependencies> & {
    buckets?: CustomerBuckets;
    bucketOptions?: Partial<CustomerBucketsOptions>;
  } = {},
): Promise<Couriers> {
  const { s3Endpoint, stsEndpoint } = await useServers();
  const options = {
    s3Endpoint,
    stsEndpoint,
    pathStyle: true,
    region: 'us-east-1',
    credentials: platformCredentials,
    timeoutMs: 5_000,
  };
  const buckets = overrides.buckets ?? new CustomerBuckets({ ...options, ...overrides.bucketOptions });
  const pool = createPool({ url: ledger.databaseUrl, applicationName: 'courier test', max: 8 });
  const cache = new SegmentCache({
    store: ledger.store,
    files: localFiles(`/tmp/auditorium-test-${uniqueName()}`),
    diskBytes: 1e8,
  });
  const copies = new PlanCopies(ledger.store);
  const reached: Reached<CourierPoint> = overrides.reached ?? (() => undefined);
  const deps = {
    pool,
    histories: new OrgHistories(cache, (org) => headSegment(pool, org)),
    buckets,
    copies,
    names: namesById,
    log: silent,
    budget: new ByteBudget(1e8),
    objectBytes: 1e6,
    backoff: { firstMs: 40, longestMs: 200 },
    now: () => new Date(),
    elapsed: () => performance.now(),
    newId: () => randomUUID() as string,
    random: Math.random,
    copier: new PlanCopier(pool, copies, reached),
    ...overrides,
    reached,
  };
  return { deps, close: async () => void (await Promise.all([buckets.close(), cache.close(), pool.end()])) };
}

export function destinationDeps(pool: pg.Pool): DestinationDependencies {
  return {
    pool,
    audit: deliveryAudit,
    partitions: 1,
    defaultWindowSeconds: 1,
    minWindowSeconds: 1,
    newId: () => randomUUID(),
    newExternalId: () => `ext-${uniqueName()}`,
  };
}

export const testDeps = (deps: Couriers['deps']): TestDependencies => ({
  ...destinationDeps(deps.pool),
  buckets: deps.buckets,
  now: deps.now,
});

export interface Connected {
  id: string;
  org: string;
  customer: Customer;
  shown(): Promise<ShownDestination>;
}

/** A destination whose customer has done what we ask: the role trusts our external ID. */
export async function connect(
  pool: pg.Pool,
  org: string,
  more: { prefix?: string; trusted?: boolean; from?: 'now'; layout?: LayoutName; customer?: Customer } = {},
): Promise<Connected> {
  const customer = more.customer ?? (await createCustomer({ externalId: 'not yet known' }));
  const { prefix = '', from = 'beginning', layout } = more;
  const wanted = { bucket: customer.bucket, roleArn: customer.roleArn, prefix, from, layout } as const;
  const made = await createDestination(destinationDeps(pool), org, wanted, WHO);
  if (made.outcome !== 'done') throw new Error(JSON.stringify(made));
  if (more.trusted !== false) await customer.trust(made.state.externalId);
  const shown = async () => (await readDestination(pool, org, made.id)) as ShownDestination;
  return { id: made.id, org, customer, shown };
}

/** The lease of partition 0, taken by force: whoever had it is a zombie now. */
export async function takeOver(pool: pg.Pool): Promise<Lease> {
  await pool.query("UPDATE delivery.courier_lease SET expires_at = '-infinity'");
  const [lease] = await takeLeases(pool, uniqueName(), 60, 1);
  if (lease === undefined) throw new Error('no lease');
  return lease;
}

/** A turn of a courier that is not killed. */
export function turn(deps: CourierDependencies, lease: Lease, id: string): Promise<Delivered> {
  return deliverWindow(deps, lease, id, new AbortController().signal);
}

export class Killed extends Error {}

/** Dies at the `nth` time that the point is reached. */
export function killAt(point: CourierPoint, nth = 1): Reached<CourierPoint> {
  let seen = 0;
  return (reached) => {
    if (reached === point && ++seen === nth) throw new Killed(point);
  };
}

import type { ObjectStore } from '@auditorium/object-store';
import { providerError } from '../../../libs/object-store/src/provider-answer.ts';
import { ownerOf } from '../../../services/delivery/src/domain/destination-settings.ts';
import type { Destination } from '../../../services/delivery/src/domain/destination.ts';
import type { BucketsOfDestinations } from '../../../services/delivery/src/s3/customer-buckets.ts';
import type { World } from '../kernel/world.ts';
import { SimBucket } from './sim-bucket.ts';
import { refusal, simStore } from './sim-store.ts';

/** What a customer has got wrong, or right. */
export type Mistake =
  'none' | 'role' | 'policy' | 'region' | 'no-bucket' | 'slow-down' | 'busy' | 'owner' | 'internal' | 'kms';

/** A customer's account with one bucket. */
export interface Customer {
  readonly bucket: SimBucket;
  readonly account: string;
  readonly region: string;
  mistake: Mistake;
}

const REFUSALS: Readonly<Partial<Record<Mistake, readonly [number, string]>>> = {
  policy: [403, 'AccessDenied'],
  'no-bucket': [404, 'NoSuchBucket'],
  'slow-down': [503, 'SlowDown'],
  busy: [409, 'ConditionalRequestConflict'],
  internal: [500, 'InternalError'],
  kms: [400, 'KMS.DisabledException'],
};
const CREDENTIALS_MS = 900_000;
const PUT_TIMEOUT_MS = 20_000;

/** Every customer's buckets and roles. */
export class SimCustomers {
  readonly #world: World;
  readonly byBucket = new Map<string, Customer>();

  constructor(world: World) {
    this.#world = world;
  }

  add(bucket: string, account: string): Customer {
    const customer: Customer = {
      bucket: new SimBucket(bucket),
      account,
      region: 'us-east-1',
      mistake: 'none',
    };
    this.byBucket.set(bucket, customer);
    return customer;
  }

  /** The buckets as one process reaches them, each through its role. */
  buckets(): BucketsOfDestinations {
    const stores = new Map<string, ObjectStore>();
    return {
      of: (id, destination) => {
        const name = `${id} ${JSON.stringify(destination.settings)}`;
        const store = stores.get(name) ?? this.#open(destination);
        stores.set(name, store);
        return store;
      },
      regionOf: ({ settings }) => settings.region ?? 'us-east-1',
    };
  }

  #open({ settings }: Destination): ObjectStore {
    const world = this.#world;
    const customer = this.byBucket.get(settings.bucket);
    const bucket = customer?.bucket ?? new SimBucket(settings.bucket);
    let until = 0;
    return simStore({
      world,
      bucket,
      timeoutMs: PUT_TIMEOUT_MS,
      before: async () => {
        if (world.elapsed() < until) return;
        const act = (): void => {
          if (customer?.mistake === 'role') throw stsError('sts-access-denied', 'AccessDenied');
        };
        const error = (): Error => stsError('sts-unavailable', 'ETIMEDOUT');
        await world.io('sts', 'assume a role', act, { timeoutMs: 10_000, error });
        until = world.elapsed() + CREDENTIALS_MS;
      },
      refuse: (key, owner) => {
        const action = `write ${key}`;
        if (customer === undefined) throw refusal(action, 404, 'NoSuchBucket');
        const region = settings.region ?? 'eu-west-1';
        if (customer.mistake === 'region' && region !== customer.region)
          throw refusal(action, 301, 'PermanentRedirect', customer.region);
        const [status, code] = REFUSALS[customer.mistake] ?? [];
        if (status !== undefined && code !== undefined) throw refusal(action, status, code);
        // The session policy: nothing but below the prefix, and the owner that was named.
        if (!key.startsWith(settings.prefix)) throw refusal(action, 403, 'AccessDenied');
        if (owner !== ownerOf(settings) || customer.mistake === 'owner')
          throw refusal(action, 403, 'AccessDenied');
      },
    });
  }
}

function stsError(code: 'sts-access-denied' | 'sts-unavailable', providerCode: string): Error {
  const retryable = code === 'sts-unavailable';
  return providerError(code, `STS: ${providerCode}`, { providerCode }, { retryable });
}

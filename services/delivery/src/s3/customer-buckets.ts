import { randomUUID } from 'node:crypto';
import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import {
  assumedRole,
  type Credentials,
  type CredentialsProvider,
  createDispatcher,
  createS3Store,
  type ObjectStore,
} from '@auditorium/object-store';
import { permissionPolicy, sessionNameOf } from '../domain/access-policies.ts';
import type { Destination } from '../domain/destination.ts';

export interface CustomerBucketsOptions {
  /** Only for stand-ins of AWS. */
  readonly s3Endpoint?: string | undefined;
  readonly stsEndpoint?: string | undefined;
  readonly pathStyle: boolean;
  /** The platform's own region, and that of buckets whose region nobody has named yet. */
  readonly region: string;
  /** The platform's own credentials; default: those of the process. */
  readonly credentials?: CredentialsProvider | undefined;
  readonly roleSeconds?: number | undefined;
  /** Bounds one `PutObject`, ms. */
  readonly timeoutMs: number;
  /** Bounds one `AssumeRole`, ms; 10,000 unless told otherwise. */
  readonly stsTimeoutMs?: number | undefined;
}

/** The bucket of a destination as its settings are now; what goes wrong there comes from its calls. */
export interface BucketsOfDestinations {
  of(id: string, destination: Destination): Pick<ObjectStore, 'putIfAbsent'>;
  /** Where its bucket lives: as somebody has named it, or the provider; until then the platform's own region. */
  regionOf(destination: Destination): string;
}

/** Buckets kept with their credentials: some 2 KB each. */
const KEPT = 20_000;

/** Customers' buckets, each through its own role with its own external ID; credentials live as long as they hold. */
export class CustomerBuckets implements BucketsOfDestinations {
  readonly #options: CustomerBucketsOptions;
  readonly #dispatcher = createDispatcher();
  readonly #kept = new Map<string, { settings: string; store: ObjectStore }>();

  constructor(options: CustomerBucketsOptions) {
    this.#options = options;
  }

  of(id: string, destination: Destination): ObjectStore {
    const settings = JSON.stringify(destination.settings);
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    const store = kept?.settings === settings ? kept.store : this.open(destination);
    this.#kept.set(id, { settings, store });
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    return store;
  }

  regionOf({ settings }: Destination): string {
    return settings.region ?? this.#options.region;
  }

  /** The same with credentials of its own: nothing that was cached can make it look better than it is. */
  open(destination: Destination, externalId: string | undefined = destination.externalId): ObjectStore {
    const { pathStyle, timeoutMs, s3Endpoint } = this.#options;
    return createS3Store({
      bucket: destination.settings.bucket,
      region: this.regionOf(destination),
      credentials: this.#careful(destination, externalId),
      dispatcher: this.#dispatcher,
      pathStyle,
      timeoutMs,
      endpoint: s3Endpoint,
    });
  }

  /**
   * The role's credentials, once for each of them after it is known that it does not take just any external ID. Such a
   * role is not used: whoever knows its ARN could have us write to its owner's bucket, in the name of another org.
   */
  #careful(destination: Destination, externalId: string | undefined): CredentialsProvider {
    const credentials = this.role(destination, externalId);
    let looked: { at: Credentials; well: Promise<void> } | undefined;
    const provide = async (): Promise<Credentials> => {
      const held = await credentials();
      if (looked?.at !== held) looked = { at: held, well: this.#refuseCareless(destination) };
      await looked.well.catch((error: unknown) => {
        looked = undefined;
        throw error;
      });
      return held;
    };
    return Object.assign(provide, { forget: () => credentials.forget?.() });
  }

  async #refuseCareless(destination: Destination): Promise<void> {
    const denied = await this.role(destination, `auditorium-${randomUUID()}`)().then(
      () => false,
      (error: unknown) => {
        if (isAuditoriumError(error, 'sts-access-denied')) return true;
        throw error;
      },
    );
    if (!denied) throw new AuditoriumError('sts-any-external-id', 'the role takes any external ID');
  }

  /** The customer's role, narrowed to the destination's own place. */
  role({ org, settings, externalId }: Destination, presented = externalId): CredentialsProvider {
    const { region, stsEndpoint, stsTimeoutMs, credentials, roleSeconds } = this.#options;
    return assumedRole({
      roleArn: settings.roleArn,
      externalId: presented,
      sessionName: sessionNameOf(org),
      policy: permissionPolicy(settings),
      region,
      stsEndpoint,
      credentials,
      durationSeconds: roleSeconds,
      timeoutMs: stsTimeoutMs,
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

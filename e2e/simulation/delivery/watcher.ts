import type { World } from '../kernel/world.ts';
import type { DeliveryTables } from '../postgres/delivery-statements.ts';
import type { SimBucket, Version } from '../s3/sim-bucket.ts';

/** A write into a customer's bucket, with the plan that it follows. */
export interface PlannedWrite {
  readonly version: Version;
  readonly bucket: string;
  readonly plan: string;
  readonly destination: string;
  readonly org: string;
  readonly first: number;
  readonly last: number;
}

interface KnownPlan {
  readonly destination: string;
  readonly org: string;
  readonly first: number;
  readonly last: number;
}

/** Somebody else's objects, which nobody of ours may touch. */
export const STRANGER = 'stranger';

/** Looks at every write and delete when it happens, and fails the world for what must never be. */
export class Watcher {
  readonly writes: PlannedWrite[] = [];
  readonly #world: World;
  readonly #tables: DeliveryTables;
  readonly #ledger: SimBucket;
  /** Plans with an attempt, of this database and of those that were lost with a restore. */
  readonly #lost = new Map<string, KnownPlan>();
  /** Keys of segments that any database has called sealed. */
  readonly #sealed = new Set<string>();

  constructor(world: World, tables: DeliveryTables, ledger: SimBucket) {
    this.#world = world;
    this.#tables = tables;
    this.#ledger = ledger;
    ledger.onDelete = (key) => this.#ledgerDeletes(key);
    ledger.onPut = (version) => this.#once(ledger, version);
  }

  /** Watches a customer's bucket. */
  customer(bucket: SimBucket): void {
    bucket.onPut = (version) => {
      if (version.by === STRANGER) return;
      this.#once(bucket, version);
      this.#planned(bucket, version);
    };
  }

  /** What the database knew, before it is brought back to an earlier moment. */
  beforeRestore(): void {
    for (const [key, plan] of this.#attempted()) this.#lost.set(key, plan);
    for (const { key, state } of this.#tables.segments.rows()) if (state === 'sealed') this.#sealed.add(key);
  }

  #attempted(): Map<string, KnownPlan & { id: string }> {
    const { attempts, plans, destinations } = this.#tables;
    const found = new Map<string, KnownPlan & { id: string }>();
    for (const attempt of attempts.rows()) {
      const plan = plans.get(attempt.plan);
      const destination = plan && destinations.get(plan.destination);
      if (plan === undefined || destination === undefined) continue;
      found.set(plan.key, { ...plan, org: destination.org });
    }
    return found;
  }

  #planned(bucket: SimBucket, version: Version): void {
    const now = this.#attempted().get(version.key);
    const plan = now ?? this.#lost.get(version.key);
    if (plan === undefined) {
      this.#world.fail(
        new Error(`${version.key} was written without a stored plan and an attempt on record`),
      );
      return;
    }
    const { destination, org, first, last } = plan;
    this.writes.push({ version, bucket: bucket.name, plan: now?.id ?? '', destination, org, first, last });
  }

  #once(bucket: SimBucket, { key }: Version): void {
    const times = bucket.versions.filter((version) => version.key === key && version.by !== STRANGER).length;
    if (times > 1) this.#world.fail(new Error(`${bucket.name}: ${key} was written ${times} times`));
  }

  #ledgerDeletes(key: string): void {
    const row = this.#tables.segments.rows().find((segment) => segment.key === key);
    if (row?.state === 'abandoned' && !this.#sealed.has(key)) return;
    if (row?.state === 'abandoned') this.#world.log(`${key} was sealed before the restore`);
    else
      this.#world.fail(
        new Error(`${this.#ledger.name}: ${key} was deleted, which is ${row?.state ?? 'unknown'}`),
      );
  }
}

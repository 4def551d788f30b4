import { gunzipSync, gzipSync } from 'node:zlib';
import type { ObjectStore } from '@auditorium/object-store';
import { z } from 'zod';
import type { Plan } from '../domain/window.ts';
import type { Lease } from '../postgres/leases.ts';

const PREFIX = 'plans/';
const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
const folderOf = (partition: number): string => `${PREFIX}${pad(partition, 5)}/`;

const copiedPlan = z.object({
  id: z.uuid(),
  destination: z.uuid(),
  first: z.int(),
  last: z.int(),
  part: z.string(),
  layout: z.string(),
  layoutVersion: z.int(),
  key: z.string(),
  events: z.int(),
  filtered: z.int(),
  quarantined: z.int(),
  bytes: z.int(),
  digest: z.string(),
  plannedAt: z.iso.datetime(),
  /** The window, whose number in the database may be given to another after a restore. */
  windowFirst: z.int(),
  windowLast: z.int(),
  settingsVersion: z.int(),
});
export type CopiedPlan = z.infer<typeof copiedPlan>;

/**
 * A second record of what was planned, beside the ledger and outside the database: `plans/<partition>/<epoch>-<number>`.
 * A database that was restored to a moment before a plan finds it here, and does not send its events under another key.
 */
export class PlanCopies {
  readonly #store: ObjectStore;
  readonly #numbers = new Map<number, { epoch: number; next: number }>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * Writes one copy; answers with its key. A key that is taken is passed over: what lies there may be this copy, if an
   * answer was lost, and twice is harmless; or it is another, and then this one would be nowhere.
   */
  async write(lease: Lease, plans: readonly CopiedPlan[]): Promise<string> {
    const body = gzipSync(plans.map((plan) => `${JSON.stringify(plan)}\n`).join(''));
    for (;;) {
      const key = this.#nextKey(lease);
      const { outcome } = await this.#store.putIfAbsent(key, body, { contentType: 'application/gzip' });
      if (outcome === 'written') return key;
    }
  }

  /** Keys of copies behind `after`, the oldest first. */
  async keysAfter(partition: number, after: string): Promise<string[]> {
    const keys: string[] = [];
    const startAfter = after === '' ? undefined : after;
    for await (const { key } of this.#store.list(folderOf(partition), { startAfter })) keys.push(key);
    return keys;
  }

  async read(key: string): Promise<CopiedPlan[]> {
    const text = gunzipSync(await this.#store.get(key)).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => copiedPlan.parse(JSON.parse(line)));
  }

  #nextKey({ partition, epoch }: Lease): string {
    const known = this.#numbers.get(partition);
    const next = known?.epoch === epoch ? known.next : 0;
    this.#numbers.set(partition, { epoch, next: next + 1 });
    return `${folderOf(partition)}${pad(epoch, 10)}-${pad(next, 8)}.ndjson.gz`;
  }
}

/** The epoch in which a copy was written. */
export function epochOf(key: string): number {
  return Number(/\/(\d+)-\d+\.ndjson\.gz$/.exec(key)?.[1] ?? 0);
}

export function copyOf(
  plan: Plan,
  window: { first: number; last: number; settingsVersion: number },
): CopiedPlan {
  const { window: _, copiedIn: __, plannedAt, ...rest } = plan;
  return {
    ...rest,
    plannedAt: plannedAt.toISOString(),
    windowFirst: window.first,
    windowLast: window.last,
    settingsVersion: window.settingsVersion,
  };
}

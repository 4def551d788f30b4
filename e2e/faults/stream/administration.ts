import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '@auditorium/local';
import type pg from 'pg';
import { createOrg, type Customer, slugOf } from '../system/customers.ts';
import { newOrg } from './orgs.ts';

/** Where the parts answer, as an operator sees them. */
export interface Administered {
  readonly directory: Api;
  readonly deliveries: readonly Api[];
  readonly queries: readonly Api[];
  readonly operator: string;
  readonly customers: readonly Customer[];
  readonly database: pg.Pool;
}

const PAUSE_MS = { orgs: 2_000, actors: 500, destinations: 1_500, quarantine: 1_500 } as const;

/**
 * What people do meanwhile: orgs are made, actors reported, destinations renamed, rejected events submitted again. Each
 * makes audit events of our own services. What fails is tried another time: services are killed on purpose.
 */
export class Administration {
  readonly #around: Administered;
  readonly #stopping = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #done = 0;

  constructor(around: Administered) {
    this.#around = around;
  }

  /** How many of its requests were answered with success. */
  get done(): number {
    return this.#done;
  }

  start(): void {
    this.#work = Promise.all([
      this.#every(PAUSE_MS.orgs, (turn) => this.#makeOrg(turn)),
      this.#every(PAUSE_MS.actors, (turn) => this.#reportActor(turn)),
      this.#every(PAUSE_MS.destinations, (turn) => this.#renameDestination(turn)),
      this.#every(PAUSE_MS.quarantine, (turn) => this.#resubmit(turn)),
    ]);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #every(ms: number, act: (turn: number) => Promise<unknown>): Promise<void> {
    const { signal } = this.#stopping;
    for (let turn = 1; !signal.aborted; turn += 1) {
      await act(turn).then(
        () => (this.#done += 1),
        () => undefined,
      );
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }

  #makeOrg(turn: number): Promise<void> {
    return createOrg(this.#around.directory, newOrg(turn), this.#around.operator);
  }

  #reportActor(turn: number): Promise<unknown> {
    const { directory, customers } = this.#around;
    const { org } = customers[turn % customers.length]!;
    const path = `/api/v1/orgs/${slugOf(org)}/actors/user/u_${turn % 50}`;
    return directory.call('PUT', path, {
      name: `Somebody ${turn}`,
      email: `u_${turn}@faults.example`,
      roles: ['Member'],
    });
  }

  #renameDestination(turn: number): Promise<unknown> {
    const { deliveries, customers } = this.#around;
    const { org, destination } = customers[turn % customers.length]!;
    const path = `/api/v1/orgs/${slugOf(org)}/destinations/${destination}`;
    return deliveries[turn % deliveries.length]!.call('PATCH', path, { name: `Bucket ${turn}` });
  }

  /** One that waits and whose org is known, so that it is rejected anew under another offset. */
  async #resubmit(turn: number): Promise<unknown> {
    const { queries, database } = this.#around;
    const { rows } = await database.query<{ partition: number; raw_offset: string }>(RESUBMITTABLE);
    const [row] = rows;
    if (row === undefined) return undefined;
    const path = `/api/v1/quarantine/${row.partition}-${row.raw_offset}/resubmit`;
    return queries[turn % queries.length]!.call('POST', path, {});
  }
}

/** Codes that stay wrong wherever the bytes are sent to. */
const RESUBMITTABLE = `
SELECT partition, raw_offset FROM query.quarantine
WHERE state <> 'resubmitted' AND code IN ('not-json', 'time-invalid', 'attribute-reserved', 'too-deep')
ORDER BY rejected_at LIMIT 1`;

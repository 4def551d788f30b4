import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { CourierPoint } from './courier-points.ts';
import type { Plan, Window } from './domain/window.ts';
import type { Lease } from './postgres/leases.ts';
import { noteCopy } from './postgres/plans.ts';
import { copyOf, type CopiedPlan, type PlanCopies } from './s3/plan-copies.ts';

interface Batch {
  readonly lease: Lease;
  readonly plans: CopiedPlan[];
  readonly done: Promise<void>;
}

/**
 * Copies plans into the ledger bucket, those of a partition's round together: while one copy is being written, the plans
 * that come wait and go into the next.
 */
export class PlanCopier {
  readonly #pool: pg.Pool;
  readonly #copies: PlanCopies;
  readonly #reached: Reached<CourierPoint>;
  readonly #waiting = new Map<string, Batch>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(pool: pg.Pool, copies: PlanCopies, reached: Reached<CourierPoint>) {
    this.#pool = pool;
    this.#copies = copies;
    this.#reached = reached;
  }

  /**
   * Resolves once the plans are in the ledger bucket, and the database knows it. Only then may they be sent. Those of one
   * range come together: a database that finds one of them takes the range for planned.
   */
  copy(lease: Lease, plans: readonly Plan[], window: Window): Promise<void> {
    const name = `${lease.partition}/${lease.epoch}`;
    const waiting = this.#waiting.get(name) ?? this.#begin(name, lease);
    waiting.plans.push(...plans.map((plan) => copyOf(plan, window)));
    return waiting.done;
  }

  #begin(name: string, lease: Lease): Batch {
    const before = this.#writing.get(name) ?? Promise.resolve();
    const plans: CopiedPlan[] = [];
    const done = before
      .catch(() => undefined)
      .then(() => {
        this.#waiting.delete(name);
        return this.#write(lease, plans);
      });
    const batch = { lease, plans, done };
    this.#waiting.set(name, batch);
    this.#writing.set(name, done);
    const over = () => {
      if (this.#writing.get(name) === done) this.#writing.delete(name);
    };
    done.then(over, over);
    return batch;
  }

  async #write(lease: Lease, plans: readonly CopiedPlan[]): Promise<void> {
    const key = await this.#copies.write(lease, plans);
    await this.#reached('courier.copy-written');
    await noteCopy(
      this.#pool,
      lease,
      key,
      plans.map(({ id }) => id),
    );
  }
}

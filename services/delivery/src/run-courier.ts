import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, isAuditoriumError, jittered } from '@auditorium/events';
import { providerAnswerOf } from '@auditorium/object-store';
import { counter } from '@auditorium/telemetry';
import { adoptPlans } from './adopt-plans.ts';
import type { CourierDependencies } from './courier-dependencies.ts';
import { deliverWindow } from './deliver-window.ts';
import { failureOf, isOurs } from './domain/failure.ts';
import { pauseMs } from './domain/window.ts';
import { type DueDestination, dueDestinations, restQuiet } from './postgres/due-destinations.ts';
import {
  fairShare,
  forgetCourier,
  type Lease,
  releaseLeases,
  renewLeases,
  takeLeases,
} from './postgres/leases.ts';
import { storeFailure } from './postgres/receipts.ts';
import type { PlanCopies } from './s3/plan-copies.ts';

export interface CourierOptions extends CourierDependencies {
  /** Names this process; no other has it. */
  readonly id: string;
  readonly copies: PlanCopies;
  /** How long a lease holds without being renewed, s. A courier that dies is replaced after this. */
  readonly leaseSeconds?: number | undefined;
  /** How often timers are looked at, ms. */
  readonly pollMs?: number | undefined;
}

/** Destinations under way at once: those on time, and those that are failing or far behind, which may not hold them up. */
const LANES = { onTime: 48, slow: 16 } as const;

const rounds = counter('courier.rounds');

/** Delivers the destinations of the partitions it holds, each when its timer fires, until it is stopped. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #leases = new Map<number, { lease: Lease; abort: AbortController }>();
  /** Partitions taken but not yet held: what the ledger bucket has of their plans is being read. */
  readonly #taking = new Map<number, Promise<void>>();
  readonly #underWay = new Map<string, { slow: boolean; done: Promise<void> }>();
  readonly #loops: Promise<void>[] = [];
  #stopping = new AbortController();
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loops.push(this.#every(this.#leaseMs / 3, () => this.#keepLeases()));
    this.#loops.push(this.#every(this.#options.pollMs ?? 500, () => this.#beginDue()));
  }

  /** Throws when leases could not be renewed for longer than they hold. */
  ready(): void {
    if (this.#options.elapsed() - this.#renewedAt <= this.#leaseMs) return;
    throw new AuditoriumError('database-unavailable', 'the courier cannot renew its leases', {
      retryable: true,
    });
  }

  /**
   * Begins nothing more, lets what is under way end within `graceMs`, then gives the partitions to others.
   */
  async close(graceMs = 10_000): Promise<void> {
    this.#stopping.abort(new AuditoriumError('stopping', 'the courier stops', { retryable: true }));
    await Promise.all(this.#loops);
    const ours = [...this.#leases.keys(), ...this.#taking.keys()];
    const all = Promise.all([...this.#underWay.values()].map(({ done }) => done));
    const ended = new AbortController();
    const done = Promise.all([all, ...this.#taking.values()]);
    await Promise.race([done.finally(() => ended.abort()), pause(graceMs, ended.signal)]);
    for (const { abort } of this.#leases.values()) abort.abort(this.#stopping.signal.reason);
    await all;
    const { pool, id } = this.#options;
    await releaseLeases(pool, id, ours).catch(() => undefined);
    await forgetCourier(pool, id).catch(() => undefined);
  }

  get #leaseSeconds(): number {
    return this.#options.leaseSeconds ?? 10;
  }

  get #leaseMs(): number {
    return this.#leaseSeconds * 1000;
  }

  async #every(ms: number, work: () => Promise<void>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await work().catch((err: unknown) =>
        this.#options.log.error({ err }, 'the courier could not do its round'),
      );
      await pause(ms, this.#stopping.signal);
    }
  }

  /** Renews what it has, drops what it has lost or has too much of, takes what is free. */
  async #keepLeases(): Promise<void> {
    const { pool, id, elapsed } = this.#options;
    const begun = elapsed();
    const share = await fairShare(pool, id, this.#leaseSeconds);
    const renewed = await renewLeases(pool, id, this.#leaseSeconds, [...this.#leases.keys()]);
    this.#renewedAt = begun;
    this.#dropLost(renewed);
    await this.#giveUpExcess(share);
    const most = share - this.#leases.size - this.#taking.size;
    // Not waited for: a ledger bucket that hangs must not cost the leases of the partitions that are held.
    for (const lease of await takeLeases(pool, id, this.#leaseSeconds, most)) this.#take(lease);
  }

  #dropLost(renewed: readonly Lease[]): void {
    const epochs = new Map(renewed.map(({ partition, epoch }) => [partition, epoch]));
    for (const [partition, { lease }] of this.#leases) {
      if (epochs.get(partition) !== lease.epoch) this.#drop(partition);
    }
  }

  async #giveUpExcess(share: number): Promise<void> {
    const excess = [...this.#leases.keys()].slice(share);
    for (const partition of excess) this.#drop(partition);
    if (excess.length > 0) await releaseLeases(this.#options.pool, this.#options.id, excess);
  }

  #take(taken: Lease): void {
    const { partition } = taken;
    const holding = this.#hold(taken)
      .catch((err: unknown) => this.#options.log.warn({ err, partition }, 'a lease could not be given back'))
      .finally(() => this.#taking.delete(partition));
    this.#taking.set(partition, holding);
  }

  async #hold(taken: Lease): Promise<void> {
    const { pool, id, log, backoff, random } = this.#options;
    try {
      const lease = await adoptPlans(this.#options, taken);
      if (lease === undefined || this.#stopping.signal.aborted) return;
      this.#leases.set(lease.partition, { lease, abort: new AbortController() });
    } catch (err) {
      // Not held, so given back after a rest: the next look, here or elsewhere, tries again.
      log.error({ err, partition: taken.partition }, 'copies of plans could not be read');
      await pause(jittered(backoff.firstMs, random()), this.#stopping.signal);
      await releaseLeases(pool, id, [taken.partition]);
    }
  }

  #drop(partition: number): void {
    this.#leases
      .get(partition)
      ?.abort.abort(new AuditoriumError('fenced', `the lease of partition ${partition} is lost`));
    this.#leases.delete(partition);
  }

  async #beginDue(): Promise<void> {
    const { pool, elapsed } = this.#options;
    // A lease that was not renewed in time may be somebody else's by now; the database would refuse, but why begin.
    if (elapsed() - this.#renewedAt > this.#leaseMs) return;
    const partitions = [...this.#leases.keys()];
    if (partitions.length === 0) return;
    await restQuiet(pool, partitions);
    for (const slow of [false, true]) {
      const underWay = [...this.#underWay.keys()];
      const free =
        (slow ? LANES.slow : LANES.onTime) -
        [...this.#underWay.values()].filter((each) => each.slow === slow).length;
      for (const due of await dueDestinations(pool, partitions, { slow, underWay, most: free }))
        this.#begin(due, slow);
    }
  }

  #begin({ destination, partition }: DueDestination, slow: boolean): void {
    const held = this.#leases.get(partition);
    if (held === undefined || this.#stopping.signal.aborted || this.#underWay.has(destination)) return;
    const done = this.#deliver(destination, held.lease, held.abort.signal).finally(() =>
      this.#underWay.delete(destination),
    );
    this.#underWay.set(destination, { slow, done });
  }

  async #deliver(destination: string, lease: Lease, signal: AbortSignal): Promise<void> {
    try {
      const outcome = await deliverWindow(this.#options, lease, destination, signal);
      rounds.add(1, { outcome });
    } catch (error) {
      rounds.add(1, { outcome: 'failed' });
      await this.#failed(destination, lease, signal, error).catch(async (err: unknown) => {
        this.#options.log.error({ err, destination }, 'a failure could not be put on record');
        await pause(1_000, this.#stopping.signal);
      });
    }
  }

  async #failed(destination: string, lease: Lease, signal: AbortSignal, error: unknown): Promise<void> {
    const { log, pool, now, random, backoff } = this.#options;
    const code = error instanceof AuditoriumError ? error.code : 'internal';
    // Ours alone: the next holder or the next look goes on.
    if (signal.aborted || code === 'fenced' || code === 'stopping') return;
    if (code === 'commit-unknown' || code === 'database-unavailable') {
      log.warn({ err: error, destination }, 'the database did not answer; the next turn reads what is true');
      return pause(1_000, signal);
    }
    const answer = providerAnswerOf(error);
    const key = isAuditoriumError(error, 'object-conflict') ? String(error.facts['key']) : null;
    const fault = { code, message: String(error), ...answer };
    const failure = failureOf(fault, now().toISOString(), key);
    const facts = { err: error, destination, partition: lease.partition, step: failure.step };
    if (isOurs(failure)) log.error(facts, 'a window could not be prepared');
    else log.warn(facts, 'a window could not be delivered');
    await storeFailure(pool, lease, destination, failure, {
      conflict: key !== null,
      region: code === 's3-wrong-region' ? answer?.region : undefined,
      pauseMs: (failures) => pauseMs(failures, random(), backoff, answer?.retryAfterMs),
    });
  }
}

/** Ends early, and quietly, when the signal says so. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}

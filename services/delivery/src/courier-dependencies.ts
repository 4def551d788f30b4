import type { ActorRef, NameOf } from '@auditorium/layouts';
import type { Logger, Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { ByteBudget } from './domain/byte-budget.ts';
import type { BackoffPolicy, Plan, Window } from './domain/window.ts';
import type { Destination } from './domain/destination.ts';
import type { PlanCopier } from './copy-plans.ts';
import type { CourierPoint } from './courier-points.ts';
import type { Lease } from './postgres/leases.ts';
import type { BucketsOfDestinations } from './s3/customer-buckets.ts';
import type { OrgHistories } from './s3/org-histories.ts';
import type { OrgHistory } from './s3/org-history.ts';

/** Names of actors of one org. @throws AuditoriumError `upstream-unavailable`: then nothing may be sent */
export type ResolveNames = (org: string, actors: readonly ActorRef[]) => Promise<NameOf>;

export interface CourierDependencies {
  readonly pool: pg.Pool;
  readonly histories: OrgHistories;
  readonly buckets: BucketsOfDestinations;
  readonly copier: PlanCopier;
  readonly names: ResolveNames;
  readonly log: Logger;
  /** Lines that all rounds hold together. */
  readonly budget: ByteBudget;
  /** Lines that one object may hold, bytes before compression. */
  readonly objectBytes: number;
  readonly backoff: BackoffPolicy;
  readonly now: () => Date;
  /** A clock that only goes forward, ms. */
  readonly elapsed: () => number;
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  readonly reached: Reached<CourierPoint>;
}

/** One destination's turn. */
export interface Round {
  readonly lease: Lease;
  readonly window: Window;
  readonly destination: { readonly id: string; readonly org: string; readonly state: Destination };
  readonly history: OrgHistory;
  /** Aborted when the courier stops or has lost the lease. */
  readonly signal: AbortSignal;
}

/** A plan, and its lines where they have just been read. */
export interface ObjectInHand {
  readonly plan: Plan;
  readonly lines: Buffer | undefined;
}

/** Bytes that a round holds of what all may hold. Giving back twice does nothing. */
export interface Room {
  giveBack(): void;
}

import { type Actor, type EventContext, partitionOf } from '@auditorium/events';
import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { DeliveryAudit } from './audit-catalogue.ts';
import type { Destination } from './domain/destination.ts';
import { type NewDestination, settingsOf } from './domain/destination-settings.ts';
import { claimPlace, insertDestination } from './postgres/destination-stream.ts';
import { headOf } from './postgres/show-destinations.ts';

export interface DestinationDependencies {
  readonly pool: pg.Pool;
  readonly audit: DeliveryAudit;
  readonly partitions: number;
  readonly defaultWindowSeconds: number;
  readonly minWindowSeconds: number;
  readonly newId: () => string;
  /** Never the same twice, and nobody can guess it. */
  readonly newExternalId: () => string;
}

/** Who asks, as the audit event names them. */
export interface Who {
  readonly actor: Actor;
  readonly context: EventContext;
}

export type Changed =
  | { readonly outcome: 'done'; readonly id: string; readonly state: Destination }
  | { readonly outcome: 'refused'; readonly because: string }
  | { readonly outcome: 'absent' };

/** Connects a bucket: destination, external ID, cursor, history and audit event, in one transaction. */
export function createDestination(
  deps: DestinationDependencies,
  org: string,
  wanted: NewDestination,
  who: Who,
): Promise<Changed> {
  const settings = settingsOf(wanted, deps.defaultWindowSeconds);
  const tooOften = refuseInterval(deps, settings.windowSeconds);
  if (tooOften !== undefined) return Promise.resolve(tooOften);
  const [id, externalId] = [deps.newId(), deps.newExternalId()];
  return inTransaction(deps.pool, async (client) => {
    if (!(await claimPlace(client, settings, { id, org }))) return PLACE_TAKEN;
    const start = wanted.from === 'now' ? await headOf(client, org) : 0;
    const partition = partitionOf(org, deps.partitions);
    const event = { type: 'created', org, externalId, start, settings } as const;
    const { state } = await insertDestination(client, { id, partition, by: who.actor.id }, event);
    const targets = [{ type: 'destination', id, name: settings.name }] as const;
    await deps.audit.record(client, { ...who, org, action: 'destination.created', targets, after: settings });
    return { outcome: 'done', id, state };
  });
}

export const PLACE_TAKEN: Changed = {
  outcome: 'refused',
  because: 'another destination writes to this bucket at the same or an overlapping prefix already',
};

export function refuseInterval(
  { minWindowSeconds }: DestinationDependencies,
  seconds: number,
): Changed | undefined {
  if (seconds >= minWindowSeconds) return undefined;
  return { outcome: 'refused', because: `windows may be ${minWindowSeconds} s apart at least` };
}

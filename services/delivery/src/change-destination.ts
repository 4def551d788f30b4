import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { DeliveryAuditEvent } from './audit-catalogue.ts';
import {
  type Changed,
  type DestinationDependencies,
  PLACE_TAKEN,
  refuseInterval,
  type Who,
} from './create-destination.ts';
import { type Decision, decide, type Destination, type DestinationCommand } from './domain/destination.ts';
import type { DestinationSettings } from './domain/destination-settings.ts';
import {
  appendEvents,
  claimPlace,
  dropPlans,
  type LoadedDestination,
  lockDestination,
  mayHaveWrittenTo,
} from './postgres/destination-stream.ts';

/** What an admin may do to a destination that is there. */
export type Change =
  | { readonly do: 'pause' | 'resume' | 'delete' }
  | { readonly do: 'change'; readonly settings: Partial<DestinationSettings> };

/** Decides, and stores what follows with its audit event in one transaction. Doing nothing is done, and not recorded. */
export function changeDestination(
  deps: DestinationDependencies,
  org: string,
  id: string,
  change: Change,
  who: Who,
): Promise<Changed> {
  const seconds = change.do === 'change' ? change.settings.windowSeconds : undefined;
  const tooOften = seconds === undefined ? undefined : refuseInterval(deps, seconds);
  if (tooOften !== undefined) return Promise.resolve(tooOften);
  return inTransaction(deps.pool, async (client) => {
    const loaded = await lockDestination(client, id);
    if (loaded === undefined || loaded.org !== org || loaded.state.deleted) return { outcome: 'absent' };
    const decision = decide(loaded.state, await commandOf(client, id, change));
    if ('refused' in decision) return { outcome: 'refused', because: decision.refused };
    if ('ignored' in decision) return { outcome: 'done', id, state: loaded.state };
    return apply(deps, client, loaded, decision.events, change, who);
  });
}

async function commandOf(client: pg.ClientBase, id: string, change: Change): Promise<DestinationCommand> {
  if (change.do !== 'change') return change;
  return { ...change, mayHaveWritten: await mayHaveWrittenTo(client, id) };
}

async function apply(
  { audit }: DestinationDependencies,
  client: pg.ClientBase,
  loaded: LoadedDestination,
  events: Extract<Decision, { events: unknown }>['events'],
  change: Change,
  who: Who,
): Promise<Changed> {
  const { id, org } = loaded;
  const place = moves(loaded.state, change);
  if (place !== undefined) {
    if (!(await claimPlace(client, place, loaded))) return PLACE_TAKEN;
    await dropPlans(client, id);
  }
  // What an admin has just mended is tried at once, not when the pause is over.
  const after = await appendEvents(client, loaded, events, { by: who.actor.id, soon: change.do !== 'pause' });
  const targets = [{ type: 'destination', id, name: after.state.settings.name }] as const;
  if (change.do === 'change') {
    const [before, now] = differences(loaded.state.settings, after.state.settings);
    await audit.record(client, { ...who, org, action: 'destination.changed', targets, before, after: now });
  } else {
    await audit.record(client, { ...who, org, action: ACTION[change.do], targets } as DeliveryAuditEvent);
  }
  return { outcome: 'done', id, state: after.state };
}

const ACTION = {
  pause: 'destination.paused',
  resume: 'destination.resumed',
  delete: 'destination.deleted',
} as const;

function moves({ settings }: Destination, change: Change): { bucket: string; prefix: string } | undefined {
  if (change.do !== 'change') return undefined;
  const { bucket = settings.bucket, prefix = settings.prefix } = change.settings;
  return bucket === settings.bucket && prefix === settings.prefix ? undefined : { bucket, prefix };
}

function differences(
  before: DestinationSettings,
  after: DestinationSettings,
): [Partial<DestinationSettings>, Partial<DestinationSettings>] {
  const names = (Object.keys(after) as (keyof DestinationSettings)[]).filter(
    (name) => before[name] !== after[name],
  );
  const only = (from: DestinationSettings) => Object.fromEntries(names.map((name) => [name, from[name]]));
  return [only(before), only(after)];
}

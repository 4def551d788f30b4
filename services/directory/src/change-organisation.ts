import { randomUUID } from 'node:crypto';
import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import type { Caller } from '@auditorium/http';
import { inTransaction } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { decide, isRefusal } from './domain/decide.ts';
import { replay } from './domain/evolve.ts';
import type { Organisation, OrganisationCommand, Refusal } from './domain/organisation.ts';
import { refuse } from './domain/refuse.ts';
import { readStream, wasMade } from './postgres/organisation-stream.ts';
import type { Change } from './postgres/organisation-stream.ts';
import { writeChange } from './write-change.ts';
import type { PersonalData } from './write-change.ts';

/** Killed before the commit, nothing happened; after it, everything did and the records are published at the next start. */
export const CHANGE_CRASH_POINTS = [
  'change-organisation.before-commit',
  'change-organisation.after-commit',
] as const;
export type ChangeCrashPoint = (typeof CHANGE_CRASH_POINTS)[number];

export interface ChangeDependencies {
  readonly pool: pg.Pool;
  readonly reached: Reached<ChangeCrashPoint>;
  /** Tells the publisher that there is something new. */
  readonly wake: () => void;
}

/** The organisation after the command, with the version of its stream; or why nothing changed. */
export type ChangeOutcome = { readonly organisation: Organisation; readonly version: number } | Refusal;

/** Each attempt waits for the one that it lost to, so this many callers at one moment are all served. */
const ATTEMPTS = 50;

/**
 * Carries out a command: reads the stream, decides, appends the events, and in the same transaction writes the
 * projections, versions of actors, marks of records to publish and the audit events. Somebody else's change in between
 * makes it read and decide anew. After a lost COMMIT answer the next attempt looks for this change in the stream first.
 * @throws AuditoriumError `conflict` (retryable) when others kept changing it; `database-unavailable`.
 */
export async function changeOrganisation(
  dependencies: ChangeDependencies,
  org: string,
  command: OrganisationCommand,
  caller: Caller,
  personal: PersonalData = new Map(),
): Promise<ChangeOutcome> {
  const change: Change = { id: randomUUID(), actor: `${caller.actor.type}/${caller.actor.id}` };
  let uncertain = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await tryOnce(dependencies, { org, command, caller, personal, change, uncertain });
    uncertain ||= outcome === 'uncertain';
    if (typeof outcome === 'string') continue;
    await dependencies.reached('change-organisation.after-commit');
    dependencies.wake();
    return outcome;
  }
  throw new AuditoriumError('conflict', 'others are changing this organisation at the same moment', {
    retryable: true,
  });
}

interface Act {
  readonly org: string;
  readonly command: OrganisationCommand;
  readonly caller: Caller;
  readonly personal: PersonalData;
  readonly change: Change;
  /** An earlier attempt may have committed, or may be about to. */
  readonly uncertain: boolean;
}

async function tryOnce(
  { pool, reached }: ChangeDependencies,
  act: Act,
): Promise<ChangeOutcome | 'again' | 'uncertain'> {
  try {
    return await inTransaction(pool, async (client) => {
      const outcome = await carryOut(client, act);
      await reached('change-organisation.before-commit');
      return outcome;
    });
  } catch (error) {
    if (isAuditoriumError(error, 'commit-unknown')) return 'uncertain';
    return againOrRefusal(error);
  }
}

async function carryOut(client: pg.PoolClient, act: Act): Promise<ChangeOutcome> {
  const { org, command, caller, personal, change } = act;
  const before = await readStream(client, org);
  const made = await alreadyMade(client, act);
  if (made !== undefined) return made;
  const events = decide(before.state, command);
  if (isRefusal(events)) return events;
  const organisation = replay(events, before.state);
  if (organisation === undefined) throw new AuditoriumError('internal', 'a creation without events');
  const after = { state: organisation, version: before.version + events.length };
  await writeChange(client, { before, after, events, change, personal, caller });
  return { organisation, version: after.version };
}

/**
 * The organisation with an earlier attempt's events in it, if they are there. Asked after the stream was read: an attempt
 * that commits later than this holds the version that ours would take, so ours fails and asks again.
 */
async function alreadyMade(
  client: pg.PoolClient,
  { org, change, uncertain }: Act,
): Promise<ChangeOutcome | undefined> {
  if (!uncertain || !(await wasMade(client, org, change))) return undefined;
  const { state, version } = await readStream(client, org);
  return state === undefined ? undefined : { organisation: state, version };
}

function againOrRefusal(error: unknown): Refusal | 'again' {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code === '23505' && constraint === 'stream_event_pkey') return 'again';
  if (code === '23505' && constraint === 'handle_pkey')
    return refuse('handle-taken', 'this id or slug is in use');
  // Two transactions that waited for each other: PostgreSQL ended this one, and its locks are free now.
  if (code === '40P01' || code === '40001') return 'again';
  throw error;
}

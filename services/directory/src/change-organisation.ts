import { randomUUID } from 'node:crypto';
import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import type { Caller } from '@auditorium/http';
import { inTransaction } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import { directoryAudit } from './audit-catalogue.ts';
import type { DirectoryAuditEvent } from './audit-catalogue.ts';
import { auditOfChange } from './audit-of-change.ts';
import { changedFields } from './domain/actor.ts';
import type { ActorChange } from './domain/actor.ts';
import { decide, isRefusal } from './domain/decide.ts';
import { replay } from './domain/evolve.ts';
import type { Organisation, OrganisationCommand, OrganisationEvent, Refusal } from './domain/organisation.ts';
import { refuse } from './domain/refuse.ts';
import { resolveMembers } from './domain/resolve-members.ts';
import { changeActors } from './postgres/actor-store.ts';
import type { ActorOutcome } from './postgres/actor-store.ts';
import { appendToStream, readStream, wasMade } from './postgres/organisation-stream.ts';
import type { Change, StreamState } from './postgres/organisation-stream.ts';
import { claimHandles, memberChanges, projectOrganisation } from './postgres/project-organisation.ts';
import type { MemberChanges } from './postgres/project-organisation.ts';
import { actorRow, markUnpublished } from './postgres/unpublished.ts';

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

/** Names and addresses that came with a command, by user; they go beside the events, never into them. */
export type PersonalData = ReadonlyMap<string, Pick<ActorChange, 'name' | 'email'>>;

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
  await writeStream(client, before, after, events, change);
  const actors = await writeMembers(client, before, after, personal);
  await markUnpublished(client, [
    ...(events.some(({ type }) => type.startsWith('org.'))
      ? [{ topic: 'orgs' as const, key: org, org }]
      : []),
    ...(events.length > 0 ? [{ topic: 'access' as const, key: org, org }] : []),
    ...actors.filter((actor) => actor.after !== undefined).map((actor) => actorRow(org, actor)),
  ]);
  const audits = [...events.map((event) => auditOfChange(event, organisation)), ...auditOfPersonal(actors)];
  for (const audit of audits) await directoryAudit.record(client, { ...audit, org, ...caller });
  return { organisation, version: after.version };
}

type Known = StreamState & { readonly state: Organisation };

async function writeStream(
  client: pg.PoolClient,
  before: StreamState,
  after: Known,
  events: readonly OrganisationEvent[],
  change: Change,
): Promise<void> {
  if (before.state === undefined) await claimHandles(client, after.state);
  if (events.length > 0) await appendToStream(client, after.state.org, before.version, events, change);
}

async function writeMembers(
  client: pg.PoolClient,
  before: StreamState,
  after: Known,
  personal: PersonalData,
): Promise<ActorOutcome[]> {
  const members = memberChanges(resolveMembers(before.state), resolveMembers(after.state));
  await projectOrganisation(client, after.state, after.version, members);
  return changeActors(client, after.state.org, actorChanges(members, personal));
}

/** Members are actors of type `user`; whoever left keeps their versions but none of the roles. */
function actorChanges({ changed, removed }: MemberChanges, personal: PersonalData) {
  const roles = new Map<string, readonly string[]>([
    ...removed.map((user): [string, string[]] => [user, []]),
    ...changed.map(({ user, roles: names }): [string, readonly string[]] => [user, names]),
  ]);
  const users = new Set([...roles.keys(), ...personal.keys()]);
  return [...users].map((id) => ({
    type: 'user',
    id,
    change: { ...personal.get(id), memberRoles: roles.get(id) },
  }));
}

/** Of members who were known before: that their name or address changed, not what it is. */
function auditOfPersonal(actors: readonly ActorOutcome[]): DirectoryAuditEvent[] {
  return actors.flatMap(({ type, id, before, after }): DirectoryAuditEvent[] => {
    const changed =
      after === undefined ? [] : changedFields(before, after).filter((field) => field !== 'roles');
    if (after === undefined || before.version === 0 || changed.length === 0) return [];
    const targets = [{ type: 'actor' as const, id: `${type}/${id}` }] as const;
    return [{ action: 'actor.identified', targets, metadata: { version: after.version, changed } }];
  });
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

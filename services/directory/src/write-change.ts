import type { Caller } from '@auditorium/http';
import type pg from 'pg';
import { directoryAudit } from './audit-catalogue.ts';
import type { DirectoryAuditEvent } from './audit-catalogue.ts';
import { auditOfChange } from './audit-of-change.ts';
import { changedFields } from './domain/actor.ts';
import type { ActorChange } from './domain/actor.ts';
import type { Organisation, OrganisationEvent } from './domain/organisation.ts';
import { resolveMembers } from './domain/resolve-members.ts';
import { changeActors } from './postgres/actor-store.ts';
import type { ActorOutcome } from './postgres/actor-store.ts';
import { appendToStream } from './postgres/organisation-stream.ts';
import type { Change, StreamState } from './postgres/organisation-stream.ts';
import { claimHandles, memberChanges, projectOrganisation } from './postgres/project-organisation.ts';
import type { MemberChanges } from './postgres/project-organisation.ts';
import { actorRow, markUnpublished } from './postgres/unpublished.ts';

/** Names and addresses that came with a command, by user; they go beside the events, never into them. */
export type PersonalData = ReadonlyMap<string, Pick<ActorChange, 'name' | 'email'>>;

/** A decision, and all that it is written with. */
export interface DecidedChange {
  readonly before: StreamState;
  readonly after: StreamState & { readonly state: Organisation };
  readonly events: readonly OrganisationEvent[];
  readonly change: Change;
  readonly personal: PersonalData;
  readonly caller: Caller;
}

/** Writes everything that follows from a decision, in the caller's transaction: all of it is there, or none. */
export async function writeChange(client: pg.PoolClient, decided: DecidedChange): Promise<void> {
  const { before, after, events, change, caller } = decided;
  const { org } = after.state;
  if (before.state === undefined) await claimHandles(client, after.state);
  if (events.length > 0) await appendToStream(client, org, before.version, events, change);
  const actors = await writeMembers(client, decided);
  await markRecords(client, org, events, actors);
  const audits = [...events.map((event) => auditOfChange(event, after.state)), ...auditOfPersonal(actors)];
  for (const audit of audits) await directoryAudit.record(client, { ...audit, org, ...caller });
}

async function writeMembers(
  client: pg.PoolClient,
  { before, after, personal }: DecidedChange,
): Promise<ActorOutcome[]> {
  const members = memberChanges(resolveMembers(before.state), resolveMembers(after.state));
  await projectOrganisation(client, after.state, after.version, members);
  return changeActors(client, after.state.org, actorChanges(members, personal));
}

async function markRecords(
  client: pg.PoolClient,
  org: string,
  events: readonly OrganisationEvent[],
  actors: readonly ActorOutcome[],
): Promise<void> {
  await markUnpublished(client, [
    ...(events.some(({ type }) => type.startsWith('org.'))
      ? [{ topic: 'orgs' as const, key: org, org }]
      : []),
    ...(events.length > 0 ? [{ topic: 'access' as const, key: org, org }] : []),
    ...actors.filter(({ after }) => after !== undefined).map((actor) => actorRow(org, actor)),
  ]);
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

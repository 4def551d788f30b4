import type { DirectoryAuditEvent } from './audit-catalogue.ts';
import type { Organisation, OrganisationEvent } from './domain/organisation.ts';

type EventOf<T extends string> = Extract<OrganisationEvent, { type: T }>;
type AuditOf<T extends string> = Extract<DirectoryAuditEvent, { action: T }>;
type AuditTable = {
  [T in OrganisationEvent['type']]: (event: EventOf<T>, state: Organisation) => AuditOf<T>;
};

/** One entry for each event of the organisation; forgetting one does not compile. */
const AUDIT_OF: AuditTable = {
  'org.created': ({ slug, name, plan }, { org }) => ({
    action: 'org.created',
    targets: [{ type: 'org', id: org, name }],
    after: { slug, name, plan },
  }),
  'org.plan-changed': ({ before, plan }, { org, name }) => ({
    action: 'org.plan-changed',
    targets: [{ type: 'org', id: org, name }],
    before: { plan: before },
    after: { plan },
  }),
  'member.added': ({ user, admin }) => ({
    action: 'member.added',
    targets: [userOf(user)],
    metadata: { admin },
  }),
  'member.removed': ({ user }) => ({ action: 'member.removed', targets: [userOf(user)] }),
  'member.admin-granted': ({ user }) => ({ action: 'member.admin-granted', targets: [userOf(user)] }),
  'member.admin-revoked': ({ user }) => ({ action: 'member.admin-revoked', targets: [userOf(user)] }),
  'group.created': ({ group, name }) => ({
    action: 'group.created',
    targets: [{ type: 'group', id: group, name }],
  }),
  'group.renamed': ({ group, before, name }) => ({
    action: 'group.renamed',
    targets: [{ type: 'group', id: group, name }],
    before: { name: before },
    after: { name },
  }),
  'group.deleted': ({ group, name }) => ({
    action: 'group.deleted',
    targets: [{ type: 'group', id: group, name }],
  }),
  'group.member-added': ({ group, user }, state) => ({
    action: 'group.member-added',
    targets: [groupOf(group, state), userOf(user)],
  }),
  'group.member-removed': ({ group, user }, state) => ({
    action: 'group.member-removed',
    targets: [groupOf(group, state), userOf(user)],
  }),
  'group.role-granted': ({ group, role }, state) => ({
    action: 'group.role-granted',
    targets: [groupOf(group, state), roleOf(role, state)],
  }),
  'group.role-revoked': ({ group, role }, state) => ({
    action: 'group.role-revoked',
    targets: [groupOf(group, state), roleOf(role, state)],
  }),
  'role.created': ({ role, name, permissions }) => ({
    action: 'role.created',
    targets: [{ type: 'role', id: role, name }],
    after: { name, permissions: [...permissions] },
  }),
  'role.changed': ({ role, before, after }) => ({
    action: 'role.changed',
    targets: [{ type: 'role', id: role, name: after.name }],
    before: { name: before.name, permissions: [...before.permissions] },
    after: { name: after.name, permissions: [...after.permissions] },
  }),
  'role.deleted': ({ role, name }) => ({
    action: 'role.deleted',
    targets: [{ type: 'role', id: role, name }],
  }),
};

/** What the audit log says of an event of the organisation; `state` is the organisation after the change. */
export function auditOfChange<T extends OrganisationEvent['type']>(
  event: EventOf<T>,
  state: Organisation,
): DirectoryAuditEvent {
  const audit = AUDIT_OF[event.type as T] as (event: EventOf<T>, state: Organisation) => DirectoryAuditEvent;
  return audit(event, state);
}

/** The id alone: names of persons belong nowhere but in `actor_version`. */
function userOf(id: string): { type: 'user'; id: string } {
  return { type: 'user', id };
}

function groupOf(id: string, state: Organisation): { type: 'group'; id: string; name?: string } {
  const name = state.groups.get(id)?.name;
  return { type: 'group', id, ...(name === undefined ? {} : { name }) };
}

function roleOf(id: string, state: Organisation): { type: 'role'; id: string; name?: string } {
  const name = state.roles.get(id)?.name;
  return { type: 'role', id, ...(name === undefined ? {} : { name }) };
}

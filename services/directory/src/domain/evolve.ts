import type { Group, Member, Organisation, OrganisationEvent, Role } from './organisation.ts';

/** An organisation under construction; only this file changes one. */
interface Draft {
  org: string;
  slug: string;
  name: string;
  plan: string;
  members: Map<string, Member>;
  groups: Map<string, { name: string; members: Set<string>; roles: Set<string> }>;
  roles: Map<string, Role>;
}

/** The organisation after one more event; the one before is left as it was. */
export function evolve(before: Organisation | undefined, event: OrganisationEvent): Organisation {
  const draft = draftOf(before);
  apply(draft, event);
  return draft;
}

/** The organisation that these events make, in order; undefined when there are none. Linear in their number. */
export function replay(events: Iterable<OrganisationEvent>, from?: Organisation): Organisation | undefined {
  let draft: Draft | undefined;
  for (const event of events) apply((draft ??= draftOf(from)), event);
  return draft ?? from;
}

function draftOf(from: Organisation | undefined): Draft {
  const copyGroup = ({ name, members, roles }: Group) => ({
    name,
    members: new Set(members),
    roles: new Set(roles),
  });
  return {
    org: from?.org ?? '',
    slug: from?.slug ?? '',
    name: from?.name ?? '',
    plan: from?.plan ?? '',
    members: new Map(from?.members),
    groups: new Map([...(from?.groups ?? [])].map(([id, group]) => [id, copyGroup(group)])),
    roles: new Map(from?.roles),
  };
}

function apply(draft: Draft, event: OrganisationEvent): void {
  switch (event.type) {
    case 'org.created':
    case 'org.plan-changed':
      return applyToOrg(draft, event);
    case 'member.added':
    case 'member.removed':
    case 'member.admin-granted':
    case 'member.admin-revoked':
      return applyToMember(draft, event);
    case 'role.created':
    case 'role.changed':
    case 'role.deleted':
      return applyToRole(draft, event);
    default:
      return applyToGroup(draft, event);
  }
}

type EventOf<P extends string> = Extract<OrganisationEvent, { type: `${P}.${string}` }>;

function applyToOrg(draft: Draft, event: EventOf<'org'>): void {
  if (event.type === 'org.plan-changed') draft.plan = event.plan;
  else Object.assign(draft, { org: event.org, slug: event.slug, name: event.name, plan: event.plan });
}

function applyToMember(draft: Draft, event: EventOf<'member'>): void {
  if (event.type === 'member.removed') {
    draft.members.delete(event.user);
    for (const group of draft.groups.values()) group.members.delete(event.user);
    return;
  }
  const admin = event.type === 'member.added' ? event.admin : event.type === 'member.admin-granted';
  draft.members.set(event.user, { admin });
}

function applyToRole(draft: Draft, event: EventOf<'role'>): void {
  if (event.type === 'role.created')
    draft.roles.set(event.role, { name: event.name, permissions: event.permissions });
  else if (event.type === 'role.changed') draft.roles.set(event.role, event.after);
  else {
    draft.roles.delete(event.role);
    for (const group of draft.groups.values()) group.roles.delete(event.role);
  }
}

function applyToGroup(draft: Draft, event: EventOf<'group'>): void {
  if (event.type === 'group.created') {
    draft.groups.set(event.group, { name: event.name, members: new Set(), roles: new Set() });
    return;
  }
  const group = draft.groups.get(event.group);
  if (group === undefined) return;
  if (event.type === 'group.renamed') group.name = event.name;
  else if (event.type === 'group.member-added') group.members.add(event.user);
  else if (event.type === 'group.member-removed') group.members.delete(event.user);
  else if (event.type === 'group.role-granted') group.roles.add(event.role);
  else if (event.type === 'group.role-revoked') group.roles.delete(event.role);
  else draft.groups.delete(event.group);
}

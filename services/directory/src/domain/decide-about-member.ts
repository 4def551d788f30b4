import { ORGANISATION_LIMITS } from './organisation.ts';
import type {
  Decision,
  Organisation,
  OrganisationCommand,
  OrganisationEvent,
  Refusal,
} from './organisation.ts';
import { refuse } from './refuse.ts';

type MemberCommand = Extract<OrganisationCommand, { type: 'add-members' | 'remove-member' | 'set-admin' }>;
type CommandOf<T> = Extract<MemberCommand, { type: T }>;

/** Members come, go, become admins; an organisation always keeps one admin. */
export function decideAboutMember(state: Organisation, command: MemberCommand): Decision {
  if (command.type === 'add-members') return addMembers(state, command);
  const member = state.members.get(command.user);
  if (member === undefined) return refuse('no-such-member', `${command.user} is not a member`);
  if (command.type === 'remove-member') {
    return lastAdmin(state, command.user) ?? [{ type: 'member.removed', user: command.user }];
  }
  if (member.admin === command.admin) return [];
  if (command.admin) return [{ type: 'member.admin-granted', user: command.user }];
  return lastAdmin(state, command.user) ?? [{ type: 'member.admin-revoked', user: command.user }];
}

/** Whoever is a member already stays as they are, but for the groups, which are for all of the list. */
function addMembers(state: Organisation, { members, groups }: CommandOf<'add-members'>): Decision {
  const absent = groups.find((group) => !state.groups.has(group));
  if (absent !== undefined) return refuse('no-such-group', `there is no group ${absent}`);
  const fresh = [...new Map(members.map((member) => [member.user, member])).values()].filter(
    ({ user }) => !state.members.has(user),
  );
  if (state.members.size + fresh.length > ORGANISATION_LIMITS.members) {
    return refuse('too-many', `an organisation has at most ${String(ORGANISATION_LIMITS.members)} members`);
  }
  const users = new Set(members.map(({ user }) => user));
  return [
    ...fresh.map(({ user, admin }): OrganisationEvent => ({ type: 'member.added', user, admin })),
    ...[...new Set(groups)].flatMap((group) => joining(state, group, users)),
  ];
}

function joining(state: Organisation, group: string, users: ReadonlySet<string>): OrganisationEvent[] {
  const already = state.groups.get(group)?.members;
  return [...users]
    .filter((user) => already?.has(user) !== true)
    .map((user) => ({ type: 'group.member-added', group, user }));
}

/** Without an admin nobody could ever change the organisation again. */
function lastAdmin(state: Organisation, user: string): Refusal | undefined {
  const others = [...state.members].some(([other, { admin }]) => admin && other !== user);
  if (others || state.members.get(user)?.admin !== true) return undefined;
  return refuse('last-admin', 'an organisation keeps at least one admin: make somebody else an admin first');
}

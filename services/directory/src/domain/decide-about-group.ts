import { ORGANISATION_LIMITS } from './organisation.ts';
import type {
  Decision,
  Group,
  GroupContent,
  Organisation,
  OrganisationCommand,
  OrganisationEvent,
  Refusal,
} from './organisation.ts';
import { refuse } from './refuse.ts';

type GroupCommand = Extract<OrganisationCommand, { type: 'create-group' | 'change-group' | 'delete-group' }>;
const EMPTY: ReadonlySet<string> = new Set();

/** Groups carry roles to their members. A change says what the group shall be; the events are the difference. */
export function decideAboutGroup(state: Organisation, command: GroupCommand): Decision {
  const group = state.groups.get(command.group);
  if (command.type === 'create-group') {
    if (group !== undefined) return refuse('group-exists', `the group ${command.group} exists already`);
    if (state.groups.size >= ORGANISATION_LIMITS.groups)
      return refuse('too-many', 'there are too many groups');
    const created: OrganisationEvent = { type: 'group.created', group: command.group, name: command.name };
    return (
      unusable(state, command.group, command) ?? [created, ...difference(command.group, undefined, command)]
    );
  }
  if (group === undefined) return refuse('no-such-group', `there is no group ${command.group}`);
  if (command.type === 'delete-group')
    return [{ type: 'group.deleted', group: command.group, name: group.name }];
  return (
    unusable(state, command.group, command) ?? [
      ...renaming(command.group, group, command.name),
      ...difference(command.group, group, command),
    ]
  );
}

function unusable(
  state: Organisation,
  id: string,
  { name, members, roles }: Partial<GroupContent>,
): Refusal | undefined {
  if ([...state.groups].some(([other, group]) => other !== id && group.name === name)) {
    return refuse('name-taken', `another group is called "${name ?? ''}"`);
  }
  const stranger = members?.find((user) => !state.members.has(user));
  if (stranger !== undefined) return refuse('no-such-member', `${stranger} is not a member`);
  const absent = roles?.find((role) => !state.roles.has(role));
  return absent === undefined ? undefined : refuse('no-such-role', `there is no role ${absent}`);
}

function renaming(id: string, group: Group, name = group.name): OrganisationEvent[] {
  return name === group.name ? [] : [{ type: 'group.renamed', group: id, before: group.name, name }];
}

function difference(
  group: string,
  before: Group | undefined,
  after: Partial<GroupContent>,
): OrganisationEvent[] {
  const members = changed(before?.members ?? EMPTY, after.members);
  const roles = changed(before?.roles ?? EMPTY, after.roles);
  return [
    ...members.gone.map((user): OrganisationEvent => ({ type: 'group.member-removed', group, user })),
    ...members.come.map((user): OrganisationEvent => ({ type: 'group.member-added', group, user })),
    ...roles.gone.map((role): OrganisationEvent => ({ type: 'group.role-revoked', group, role })),
    ...roles.come.map((role): OrganisationEvent => ({ type: 'group.role-granted', group, role })),
  ];
}

function changed(
  before: ReadonlySet<string>,
  after: readonly string[] = [...before],
): { gone: string[]; come: string[] } {
  const wanted = new Set(after);
  return {
    gone: [...before].filter((id) => !wanted.has(id)),
    come: [...wanted].filter((id) => !before.has(id)),
  };
}

import { ORG_ADMIN } from '@auditorium/access';
import { decideAboutGroup } from './decide-about-group.ts';
import { decideAboutMember } from './decide-about-member.ts';
import { ORGANISATION_LIMITS } from './organisation.ts';
import type { Decision, Organisation, OrganisationCommand, Refusal } from './organisation.ts';
import { refuse } from './refuse.ts';

/** Whether the decision is a refusal. */
export function isRefusal(decision: Decision): decision is Refusal {
  return 'refused' in decision;
}

/** What follows from `command` for the organisation as it is; undefined when it does not exist yet. */
export function decide(state: Organisation | undefined, command: OrganisationCommand): Decision {
  if (command.type === 'create') return create(state, command);
  if (state === undefined) return refuse('no-such-org', 'there is no such organisation');
  switch (command.type) {
    case 'change-plan':
      if (command.plan === state.plan) return [];
      return [{ type: 'org.plan-changed', before: state.plan, plan: command.plan }];
    case 'add-members':
    case 'remove-member':
    case 'set-admin':
      return decideAboutMember(state, command);
    case 'create-group':
    case 'change-group':
    case 'delete-group':
      return decideAboutGroup(state, command);
    default:
      return decideAboutRole(state, command);
  }
}

type CommandOf<T extends OrganisationCommand['type']> = Extract<OrganisationCommand, { type: T }>;

function create(state: Organisation | undefined, command: CommandOf<'create'>): Decision {
  const { org, slug, name, plan, admin } = command;
  if (state !== undefined) return refuse('org-exists', `the organisation ${org} exists already`);
  return [
    { type: 'org.created', org, slug, name, plan },
    { type: 'member.added', user: admin, admin: true },
  ];
}

function decideAboutRole(
  state: Organisation,
  command: CommandOf<'create-role' | 'change-role' | 'delete-role'>,
): Decision {
  const role = state.roles.get(command.role);
  if (command.type === 'create-role') {
    if (role !== undefined) return refuse('role-exists', `the role ${command.role} exists already`);
    if (state.roles.size >= ORGANISATION_LIMITS.roles) return refuse('too-many', 'there are too many roles');
    const { name, permissions } = command;
    return (
      unusable(state, command.role, name) ?? [{ type: 'role.created', role: command.role, name, permissions }]
    );
  }
  if (role === undefined) return refuse('no-such-role', `there is no role ${command.role}`);
  if (command.type === 'delete-role') return [{ type: 'role.deleted', role: command.role, name: role.name }];
  const after = { name: command.name ?? role.name, permissions: command.permissions ?? role.permissions };
  if (after.name === role.name && sameSet(after.permissions, role.permissions)) return [];
  return (
    unusable(state, command.role, after.name) ?? [
      { type: 'role.changed', role: command.role, before: role, after },
    ]
  );
}

/** Names of roles go into events as `actorroles`, where two alike, or one that looks like being an admin, would mislead. */
function unusable(state: Organisation, id: string, name: string): Refusal | undefined {
  if (name.toUpperCase() === ORG_ADMIN) return refuse('name-reserved', `no role may be called ${ORG_ADMIN}`);
  const taken = [...state.roles].some(([other, role]) => other !== id && role.name === name);
  return taken ? refuse('name-taken', `another role is called "${name}"`) : undefined;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

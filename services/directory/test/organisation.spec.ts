import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, isRefusal } from '../src/domain/decide.ts';
import { evolve, replay } from '../src/domain/evolve.ts';
import type { Organisation, OrganisationCommand, OrganisationEvent } from '../src/domain/organisation.ts';
import { resolveMembers } from '../src/domain/resolve-members.ts';

const user = fc.constantFrom('u1', 'u2', 'u3', 'u4', 'u5');
const group = fc.constantFrom('g1', 'g2', 'g3');
const role = fc.constantFrom('r1', 'r2', 'r3');
const name = fc.constantFrom('Auditors', 'Builders', 'Readers', 'org-admin');
const permissions = fc.subarray(['LOG-MANAGEMENT'] as const);
const groupContent = {
  name,
  members: fc.subarray(['u1', 'u2', 'u3', 'u4', 'u5']),
  roles: fc.subarray(['r1', 'r2', 'r3']),
};

const command: fc.Arbitrary<OrganisationCommand> = fc.oneof(
  fc.record({
    type: fc.constant('create' as const),
    org: fc.constant('o'),
    slug: fc.constant('o'),
    name,
    plan: fc.constant('enterprise'),
    admin: user,
  }),
  fc.record({ type: fc.constant('change-plan' as const), plan: fc.constantFrom('free', 'enterprise') }),
  fc.record({
    type: fc.constant('add-members' as const),
    members: fc.array(fc.record({ user, admin: fc.boolean() }), { maxLength: 4 }),
    groups: fc.subarray(['g1', 'g2', 'g3']),
  }),
  fc.record({ type: fc.constant('remove-member' as const), user }),
  fc.record({ type: fc.constant('set-admin' as const), user, admin: fc.boolean() }),
  fc.record({ type: fc.constant('create-group' as const), group, ...groupContent }),
  fc.record(
    { type: fc.constant('change-group' as const), group, ...groupContent },
    { requiredKeys: ['type', 'group'] },
  ),
  fc.record({ type: fc.constant('delete-group' as const), group }),
  fc.record({ type: fc.constant('create-role' as const), role, name, permissions }),
  fc.record(
    { type: fc.constant('change-role' as const), role, name, permissions },
    { requiredKeys: ['type', 'role'] },
  ),
  fc.record({ type: fc.constant('delete-role' as const), role }),
) as fc.Arbitrary<OrganisationCommand>;

const created: OrganisationCommand = {
  type: 'create',
  org: 'o',
  slug: 'o',
  name: 'O',
  plan: 'enterprise',
  admin: 'u1',
};

/** What a history of commands leaves: refused ones change nothing. */
function after(commands: readonly OrganisationCommand[]): {
  state: Organisation | undefined;
  events: OrganisationEvent[];
} {
  const events: OrganisationEvent[] = [];
  let state: Organisation | undefined;
  for (const each of commands) {
    const decision = decide(state, each);
    for (const event of isRefusal(decision) ? [] : decision) {
      state = evolve(state, event);
      events.push(event);
    }
  }
  return { state, events };
}

const histories = fc.array(command, { maxLength: 60, size: 'max' }).map((commands) => [created, ...commands]);

describe('an organisation, after any history of commands', () => {
  it('WS5 keeps at least one admin', () => {
    fc.assert(
      fc.property(histories, (commands) =>
        [...after(commands).state!.members.values()].some(({ admin }) => admin),
      ),
    );
  });

  it('names in its groups only members and roles that it has', () => {
    fc.assert(
      fc.property(histories, (commands) => {
        const state = after(commands).state!;
        for (const { members, roles } of state.groups.values()) {
          expect([...members].filter((id) => !state.members.has(id))).toEqual([]);
          expect([...roles].filter((id) => !state.roles.has(id))).toEqual([]);
        }
      }),
    );
  });

  it('has no two groups and no two roles of one name, and no role called like being an admin', () => {
    fc.assert(
      fc.property(histories, (commands) => {
        const { groups, roles } = after(commands).state!;
        for (const named of [groups, roles]) {
          const names = [...named.values()].map((item) => item.name);
          expect(new Set(names).size).toBe(names.length);
        }
        expect([...roles.values()].map((item) => item.name)).not.toContain('org-admin');
      }),
    );
  });

  it('is exactly what its events say, one by one or replayed at once', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (commands, cut) => {
        const { state, events } = after(commands);
        expect(replay(events)).toEqual(state);
        const at = cut % (events.length + 1);
        expect(replay(events.slice(at), replay(events.slice(0, at)))).toEqual(state);
      }),
    );
  });

  it('WS5 gives a permission to exactly those whom a group with a role with it contains', () => {
    fc.assert(
      fc.property(histories, (commands) => {
        const state = after(commands).state!;
        for (const member of resolveMembers(state).values()) {
          const through = [...state.groups.values()].some(
            (g) =>
              g.members.has(member.user) &&
              [...g.roles].some((id) => state.roles.get(id)!.permissions.length > 0),
          );
          expect(member.permissions.includes('LOG-MANAGEMENT')).toBe(through);
          expect(member.roles.includes('ORG-ADMIN')).toBe(member.admin);
        }
        expect([...resolveMembers(state).keys()].sort()).toEqual([...state.members.keys()].sort());
      }),
    );
  });

  it('changes nothing more when a command that sets something is repeated', () => {
    const setting = command.filter(({ type }) =>
      ['change-plan', 'add-members', 'set-admin', 'change-group', 'change-role'].includes(type),
    );
    fc.assert(
      fc.property(histories, setting, (commands, last) => {
        const { state } = after([...commands, last]);
        const again = decide(state, last);
        expect(isRefusal(again) || again.length === 0).toBe(true);
      }),
    );
  });

  it('leaves the state that a decision was made on as it was', () => {
    fc.assert(
      fc.property(histories, command, (commands, last) => {
        const { state } = after(commands);
        const before = structuredClone(state);
        const decision = decide(state, last);
        for (const event of isRefusal(decision) ? [] : decision) evolve(state, event);
        expect(state).toEqual(before);
      }),
    );
  });
});

describe('a refusal', () => {
  const state = after([
    created,
    { type: 'add-members', members: [{ user: 'u2', admin: false }], groups: [] },
    { type: 'create-role', role: 'r1', name: 'Auditor', permissions: ['LOG-MANAGEMENT'] },
    { type: 'create-group', group: 'g1', name: 'Auditors', members: ['u2'], roles: ['r1'] },
  ]).state;
  it.each<[OrganisationCommand, string]>([
    [created, 'org-exists'],
    [{ type: 'remove-member', user: 'u1' }, 'last-admin'],
    [{ type: 'set-admin', user: 'u1', admin: false }, 'last-admin'],
    [{ type: 'set-admin', user: 'u9', admin: true }, 'no-such-member'],
    [{ type: 'add-members', members: [{ user: 'u3', admin: false }], groups: ['g9'] }, 'no-such-group'],
    [{ type: 'create-group', group: 'g1', name: 'X', members: [], roles: [] }, 'group-exists'],
    [{ type: 'create-group', group: 'g2', name: 'Auditors', members: [], roles: [] }, 'name-taken'],
    [{ type: 'change-group', group: 'g1', members: ['u9'] }, 'no-such-member'],
    [{ type: 'change-group', group: 'g1', roles: ['r9'] }, 'no-such-role'],
    [{ type: 'create-role', role: 'r1', name: 'X', permissions: [] }, 'role-exists'],
    [{ type: 'create-role', role: 'r2', name: 'Org-Admin', permissions: [] }, 'name-reserved'],
    [{ type: 'delete-role', role: 'r9' }, 'no-such-role'],
  ])('%j is %s', (refused, code) => {
    expect(decide(state, refused)).toMatchObject({ refused: code });
  });

  it('is what an organisation that does not exist answers to all but its creation', () => {
    fc.assert(fc.property(command, (each) => each.type === 'create' || isRefusal(decide(undefined, each))));
  });

  it('comes before an organisation outgrows one message', () => {
    const members = Array.from({ length: 4001 }, (_, i) => ({ user: `m${String(i)}`, admin: false }));
    expect(decide(state, { type: 'add-members', members, groups: [] })).toMatchObject({
      refused: 'too-many',
    });
  });
});

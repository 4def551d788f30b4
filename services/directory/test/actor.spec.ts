import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedFields, nextActorVersion, rolesOf } from '../src/domain/actor.ts';
import type { Actor, ActorChange } from '../src/domain/actor.ts';

const unknown: Actor = { version: 0, name: null, email: null, reportedRoles: [], memberRoles: [] };
const text = fc.constantFrom('Ada', 'Bob', null);
const roles = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
const change: fc.Arbitrary<ActorChange> = fc.record(
  { name: text, email: text, reportedRoles: roles, memberRoles: roles },
  { requiredKeys: [] },
);

describe('an actor', () => {
  it('gets a version for each change and none for a repeated report', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        let actor = unknown;
        for (const each of changes) {
          const next = nextActorVersion(actor, each);
          expect(next?.version ?? actor.version + 1).toBe(actor.version + 1);
          actor = next ?? actor;
          expect(nextActorVersion(actor, each)).toBeUndefined();
        }
      }),
    );
  });

  it('keeps what a change does not mention, and each source its own roles', () => {
    const ada = nextActorVersion(unknown, {
      name: 'Ada',
      email: 'ada@x',
      reportedRoles: ['dev'],
      memberRoles: ['Auditor'],
    })!;
    const removed = nextActorVersion(ada, { memberRoles: [] })!;
    expect(removed).toMatchObject({ version: 2, name: 'Ada', email: 'ada@x', reportedRoles: ['dev'] });
    expect([rolesOf(ada), rolesOf(removed)]).toEqual([['Auditor', 'dev'], ['dev']]);
  });

  it('tells which fields changed without telling what they hold', () => {
    const ada = nextActorVersion(unknown, { name: 'Ada' })!;
    expect(changedFields(unknown, ada)).toEqual(['name']);
    expect(changedFields(ada, nextActorVersion(ada, { email: 'a@x', reportedRoles: ['r'] })!)).toEqual([
      'email',
      'roles',
    ]);
  });
});

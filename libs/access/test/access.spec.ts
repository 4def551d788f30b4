import type { AccessRecord, OrgRecord } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAccess, DirectoryView } from '../src/index.ts';

const org = (id: string, slug: string, version = 1): OrgRecord => ({
  org: id,
  slug,
  name: id,
  plan: 'enterprise',
  version,
});

function acme(): DirectoryView {
  const view = new DirectoryView();
  view.applyOrg(org('org_acme', 'acme'), 'org_acme');
  view.applyOrg(org('org_globex', 'globex'), 'org_globex');
  const members = [
    { user: 'u_ada', admin: true, permissions: [] },
    { user: 'u_aud', admin: false, permissions: ['LOG-MANAGEMENT'] },
    { user: 'u_mel', admin: false, permissions: [] },
  ];
  view.applyAccess({ org: 'org_acme', version: 1, members }, 'org_acme');
  return view;
}

describe('WS5 who may do what', () => {
  it.each([
    ['u_ada', 'read-log', { allowed: true }],
    ['u_ada', 'manage-destinations', { allowed: true }],
    ['u_ada', 'administer', { allowed: true }],
    ['u_aud', 'read-log', { allowed: true }],
    ['u_aud', 'manage-destinations', { allowed: false, reason: 'missing-permission', missing: 'ORG-ADMIN' }],
    ['u_aud', 'administer', { allowed: false, reason: 'missing-permission', missing: 'ORG-ADMIN' }],
    ['u_mel', 'read-log', { allowed: false, reason: 'missing-permission', missing: 'LOG-MANAGEMENT' }],
    ['u_ola', 'read-log', { allowed: false, reason: 'not-a-member' }],
  ] as const)('%s wants to %s', (subject, action, decision) => {
    const operator = { subject, operator: true, service: true };
    expect(decideAccess(acme(), operator, 'acme', action)).toEqual(decision);
    expect(decideAccess(acme(), operator, 'org_acme', action)).toEqual(decision);
  });

  it('an org that is not there looks like one to which the user does not belong', () => {
    const elsewhere = decideAccess(acme(), { subject: 'u_ada' }, 'globex', 'read-log');
    expect(decideAccess(acme(), { subject: 'u_ada' }, 'nothing', 'read-log')).toEqual(elsewhere);
  });

  it('a revocation works as soon as its record is there', () => {
    const view = acme();
    view.applyAccess(
      { org: 'org_acme', version: 2, members: [{ user: 'u_ada', admin: true, permissions: [] }] },
      'org_acme',
    );
    expect(decideAccess(view, { subject: 'u_aud' }, 'acme', 'read-log').allowed).toBe(false);
    expect(view.orgsOf('u_aud')).toEqual([]);
    expect(view.orgsOf('u_ada').map((m) => m.org.slug)).toEqual(['acme']);
  });
});

describe('the view of the directory', () => {
  const anyAccess = fc.record({
    org: fc.constantFrom('a', 'b'),
    version: fc.nat(20),
    members: fc.uniqueArray(
      fc.record({
        user: fc.constantFrom('x', 'y', 'z'),
        admin: fc.boolean(),
        permissions: fc.constant<string[]>([]),
      }),
      { selector: (m) => m.user },
    ),
  });

  it('ends the same whatever is delivered twice or late', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyAccess, { selector: (r) => `${r.org}/${r.version}` }),
        fc.infiniteStream(fc.nat()),
        (records, dice) => {
          const again = [...records, ...records].sort(() => (dice.next().value % 2 === 0 ? 1 : -1));
          expect(stateAfter(again)).toEqual(stateAfter([...records].sort((a, b) => a.version - b.version)));
        },
      ),
    );
  });

  function stateAfter(records: AccessRecord[]): unknown {
    const view = new DirectoryView();
    for (const id of ['a', 'b']) view.applyOrg(org(id, `slug-${id}`), id);
    for (const record of records) view.applyAccess(record, record.org);
    return ['x', 'y', 'z'].map((user) => view.orgsOf(user));
  }

  it('follows a changed slug, and forgets an org that was removed', () => {
    const view = acme();
    view.applyOrg(org('org_acme', 'acme-inc', 2), 'org_acme');
    expect(view.org('acme')).toBeUndefined();
    expect(view.org('acme-inc')?.org).toBe('org_acme');
    view.applyOrg(null, 'org_acme');
    expect(view.org('acme-inc')).toBeUndefined();
    expect(view.orgsOf('u_ada')).toEqual([]);
  });

  it('keeps the newest version of an actor', () => {
    const view = new DirectoryView();
    const actor = (version: number) => ({ org: 'a', type: 'user', id: '1', version, roles: [`r${version}`] });
    view.applyActor(actor(2), 'a/user/1');
    view.applyActor(actor(1), 'a/user/1');
    expect(view.actor('a', 'user', '1')?.roles).toEqual(['r2']);
    view.applyActor(null, 'a/user/1');
    expect(view.actor('a', 'user', '1')).toBeUndefined();
  });
});

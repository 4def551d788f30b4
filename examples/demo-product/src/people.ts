import type { DataSource } from 'typeorm';
import type { DemoAudit } from './audit.ts';
import type { Role } from './entities.ts';
import { Member } from './entities.ts';

/** Somebody who works with the product from the beginning. */
interface Person {
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

/** The founding members of the two organisations of the demo; other organisations begin with one admin. */
const FOUNDERS: Readonly<Record<string, readonly Person[]>> = {
  org_acme: [
    { user: 'u_ada', name: 'Ada Marsh', email: 'ada@acme.example', role: 'admin' },
    { user: 'u_aud', name: 'Audrey Finch', email: 'aud@acme.example', role: 'viewer' },
    { user: 'u_mel', name: 'Mel Okoye', email: 'mel@acme.example', role: 'developer' },
    { user: 'u_ravi', name: 'Ravi Menon', email: 'ravi@acme.example', role: 'developer' },
    { user: 'u_lena', name: 'Lena Vogt', email: 'lena@acme.example', role: 'developer' },
  ],
  org_globex: [
    { user: 'u_gil', name: 'Gil Ortega', email: 'gil@globex.example', role: 'admin' },
    { user: 'u_noor', name: 'Noor Haddad', email: 'noor@globex.example', role: 'developer' },
    { user: 'u_kate', name: 'Kate Sully', email: 'kate@globex.example', role: 'developer' },
    { user: 'u_sam', name: 'Sam Ito', email: 'sam@globex.example', role: 'viewer' },
  ],
};

const stranger = (org: string): Person => {
  const user = `u_${org}_admin`;
  return { user, name: `Admin of ${org}`, email: `admin@${org.replaceAll('_', '-')}.example`, role: 'admin' };
};

/** Puts the founders into the product, where they are not yet. */
export async function addFounders(source: DataSource, orgs: readonly string[]): Promise<void> {
  const members = orgs.flatMap((org) =>
    (FOUNDERS[org] ?? [stranger(org)]).map((person) => ({ org, ...person })),
  );
  await source.createQueryBuilder().insert().into(Member).values(members).orIgnore().execute();
}

/** Reports every member to Auditorium, so that its log can show names for the ids in events. */
export async function identifyMembers(
  source: DataSource,
  audit: DemoAudit,
  orgs: readonly string[],
): Promise<void> {
  for (const member of await source.getRepository(Member).find()) {
    if (!orgs.includes(member.org)) continue;
    const { org, user: id, name, email, role } = member;
    await audit.identify({ org, id, name, email, roles: [role] });
  }
}

import { DirectoryView } from '@auditorium/access';
import type { AccessAction, Membership } from '@auditorium/access';
import type { OrgRecord } from '@auditorium/events';
import { Problem, requireAccess } from '@auditorium/http';
import type { Principal } from '@auditorium/http';
import type pg from 'pg';

const FIND = `
SELECT o.org, o.slug, o.name, o.plan, o.version, m.admin, m.permissions
FROM directory.handle h JOIN directory.organisation o USING (org)
LEFT JOIN directory.member m ON m.org = o.org AND m.user_id = $2
WHERE h.handle = $1`;
const MINE = `
SELECT o.org, o.slug, o.name, o.plan, o.version, m.admin, m.permissions
FROM directory.member m JOIN directory.organisation o USING (org) WHERE m.user_id = $1 ORDER BY o.slug`;

type Row = OrgRecord & { readonly admin: boolean | null; readonly permissions: string[] | null };

/** Who may do what, decided on the database itself: what was changed a moment ago counts already. */
export class OrgAccess {
  readonly #pool: pg.Pool;
  readonly #producers: ReadonlySet<string>;
  constructor(pool: pg.Pool, producers: readonly string[]) {
    this.#pool = pool;
    this.#producers = new Set(producers);
  }

  /** The caller's organisations, by slug. */
  async membershipsOf(user: string): Promise<Membership[]> {
    const { rows } = await this.#pool.query<Row>(MINE, [user]);
    return rows.map(membershipOf);
  }

  /** The caller's membership, where it allows `action`; otherwise the problem that `requireAccess` has for it. */
  async require(principal: Principal, org: string, action: AccessAction): Promise<Membership> {
    const row = await this.#find(org, principal.subject);
    return requireAccess(
      row === undefined ? new DirectoryView() : viewOf(row, principal.subject),
      principal,
      org,
      action,
    );
  }

  /** The organisation, for its members and for operators; to others it is not there. */
  async requireVisible(principal: Principal, org: string): Promise<Membership> {
    const row = await this.#find(org, principal.subject);
    if (row === undefined || (row.admin === null && !principal.operator)) throw Problem.notFound();
    return membershipOf(row);
  }

  /** The organisation, for operators (the route lets nobody else in). */
  async requireExisting(org: string): Promise<OrgRecord> {
    const row = await this.#find(org, '');
    if (row === undefined) throw Problem.notFound();
    return membershipOf(row).org;
  }

  /** Its admins may report an actor, and so may our services, operators and the products that the settings name. */
  async requireReporter(principal: Principal, org: string): Promise<OrgRecord> {
    const trusted = principal.service || principal.operator || this.#producers.has(principal.subject);
    return trusted ? this.requireExisting(org) : (await this.require(principal, org, 'administer')).org;
  }

  /** Erasing is for the org's admins and for operators: a product that may report may not erase. */
  async requireEraser(principal: Principal, org: string): Promise<OrgRecord> {
    return principal.operator
      ? this.requireExisting(org)
      : (await this.require(principal, org, 'administer')).org;
  }

  async #find(org: string, user: string): Promise<Row | undefined> {
    // No org is called so, and PostgreSQL would refuse the question.
    if (org.includes('\0')) return undefined;
    return (await this.#pool.query<Row>(FIND, [org, user])).rows[0];
  }
}

function membershipOf({ admin, permissions, ...org }: Row): Membership {
  return { org, admin: admin ?? false, permissions: permissions ?? [] };
}

/** One organisation and one user as the other services see them, so that one rule decides everywhere. */
function viewOf(row: Row, user: string): DirectoryView {
  const { org, admin, permissions } = membershipOf(row);
  const members = row.admin === null ? [] : [{ user, admin, permissions: [...permissions] }];
  const view = new DirectoryView();
  view.applyOrg(org, org.org);
  view.applyAccess({ org: org.org, version: org.version, members }, org.org);
  return view;
}

import type { Organisation } from '../domain/organisation.ts';
import type { ResolvedMember } from '../domain/resolve-members.ts';
import type { Queryable } from './organisation-stream.ts';

const PUT_ORGANISATION = `
INSERT INTO directory.organisation (org, slug, name, plan, version) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (org) DO UPDATE SET slug = $2, name = $3, plan = $4, version = $5`;
/** An id and a slug may be the same word, of the same organisation; one word never means two. */
const CLAIM_HANDLES = `INSERT INTO directory.handle (handle, org) SELECT DISTINCT unnest($1::text[]), $2`;
const PUT_MEMBERS = `
INSERT INTO directory.member (org, user_id, admin, groups, roles, permissions)
SELECT $1, m."user", m.admin, m.groups, m.roles, m.permissions
FROM jsonb_to_recordset($2::jsonb) AS m("user" text, admin boolean, groups text[], roles text[], permissions text[])
ON CONFLICT (org, user_id) DO UPDATE
SET admin = excluded.admin, groups = excluded.groups, roles = excluded.roles, permissions = excluded.permissions`;
const REMOVE_MEMBERS = `DELETE FROM directory.member WHERE org = $1 AND user_id = ANY ($2)`;

/** What a change did to the members, as the difference of two resolved states. */
export interface MemberChanges {
  readonly changed: readonly ResolvedMember[];
  readonly removed: readonly string[];
}

/** Which members are new, resolved differently, or gone. */
export function memberChanges(
  before: ReadonlyMap<string, ResolvedMember>,
  after: ReadonlyMap<string, ResolvedMember>,
): MemberChanges {
  const same = (member: ResolvedMember) => JSON.stringify(before.get(member.user)) === JSON.stringify(member);
  return {
    changed: [...after.values()].filter((member) => !same(member)),
    removed: [...before.keys()].filter((user) => !after.has(user)),
  };
}

/** Takes the id and the slug of a new organisation; a unique violation means that one of them is in use. */
export async function claimHandles(db: Queryable, { org, slug }: Organisation): Promise<void> {
  await db.query(CLAIM_HANDLES, [[org, slug], org]);
}

/** Writes the projections of an organisation as it is after a change, in the change's own transaction. */
export async function projectOrganisation(
  db: Queryable,
  { org, slug, name, plan }: Organisation,
  version: number,
  { changed, removed }: MemberChanges,
): Promise<void> {
  await db.query(PUT_ORGANISATION, [org, slug, name, plan, version]);
  if (removed.length > 0) await db.query(REMOVE_MEMBERS, [org, removed]);
  if (changed.length > 0) await db.query(PUT_MEMBERS, [org, JSON.stringify(changed)]);
}

import type { Queryable } from './organisation-stream.ts';

/** A member as the admin's list shows it. */
export interface ListedMember {
  readonly user: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly admin: boolean;
  readonly groups: string[];
  readonly roles: string[];
  readonly permissions: string[];
}

const LIST = `
SELECT m.user_id AS "user", v.name, v.email, m.admin, m.groups, m.roles, m.permissions
FROM directory.member m
LEFT JOIN directory.actor a ON a.org = m.org AND a.type = 'user' AND a.id = m.user_id
LEFT JOIN directory.actor_version v ON v.org = a.org AND v.type = a.type AND v.id = a.id AND v.version = a.version
WHERE m.org = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3`;

/** Members after a user id, in the order of ids. */
export async function listMembers(
  db: Queryable,
  org: string,
  after: string,
  limit: number,
): Promise<ListedMember[]> {
  return (await db.query<ListedMember>(LIST, [org, after, limit])).rows;
}

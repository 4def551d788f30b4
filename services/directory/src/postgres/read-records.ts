import { actorKey } from '@auditorium/events';
import type { AccessRecord, ActorRecord, OrgRecord } from '@auditorium/events';
import { rolesOf } from '../domain/actor.ts';
import type { Actor } from '../domain/actor.ts';
import type { Queryable } from './organisation-stream.ts';
import type { RecordKind } from './unpublished.ts';

type Roles = Pick<Actor, 'reportedRoles' | 'memberRoles'>;
type AnyRecord = OrgRecord | AccessRecord | ActorRecord;

const ORGS = `SELECT org, slug, name, plan, version FROM directory.organisation WHERE org = ANY ($1)`;
const ACCESS = `
SELECT o.org, o.version, coalesce(jsonb_agg(jsonb_build_object('user', m.user_id, 'admin', m.admin, 'permissions', to_jsonb(m.permissions))
  ORDER BY m.user_id) FILTER (WHERE m.user_id IS NOT NULL), '[]') AS members
FROM directory.organisation o LEFT JOIN directory.member m USING (org) WHERE o.org = ANY ($1) GROUP BY o.org`;
const ACTORS = `
SELECT org, type, id, version, reported_roles AS "reportedRoles", member_roles AS "memberRoles" FROM directory.actor
JOIN jsonb_to_recordset($1::jsonb) AS wanted(org text, type text, id text) USING (org, type, id) WHERE version > 0`;

/** The records of one topic as they are now, by message key. Nothing here reads a name or an address. */
export async function readRecords(
  db: Queryable,
  topic: RecordKind,
  keys: readonly string[],
): Promise<Map<string, AnyRecord>> {
  if (topic === 'orgs') return byKey((await db.query<OrgRecord>(ORGS, [keys])).rows, ({ org }) => org);
  if (topic === 'access') return byKey((await db.query<AccessRecord>(ACCESS, [keys])).rows, ({ org }) => org);
  const wanted = JSON.stringify(keys.map(partsOf));
  const found = await db.query<Omit<ActorRecord, 'roles'> & Roles>(ACTORS, [wanted]);
  const actors = found.rows.map(({ org, type, id, version, ...roles }): ActorRecord => ({
    org,
    type,
    id,
    version,
    roles: rolesOf(roles),
  }));
  return byKey(actors, ({ org, type, id }) => actorKey(org, type, id));
}

function byKey<R extends AnyRecord>(
  records: readonly R[],
  keyOf: (record: R) => string,
): Map<string, AnyRecord> {
  return new Map(records.map((record) => [keyOf(record), record]));
}

/** Neither an org id nor a type has a slash; an actor's id may. */
function partsOf(key: string): { org?: string | undefined; type?: string | undefined; id: string } {
  const [org, type, ...id] = key.split('/');
  return { org, type, id: id.join('/') };
}

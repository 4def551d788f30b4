import type { Actor, ActorChange } from '../domain/actor.ts';
import { nextActorVersion } from '../domain/actor.ts';
import type { Queryable } from './organisation-stream.ts';

/** Which actor of an org. */
export interface ActorId {
  readonly type: string;
  readonly id: string;
}

/** An actor before and after; `after` is absent where nothing was new. */
export interface ActorOutcome extends ActorId {
  readonly before: Actor;
  readonly after?: Actor;
}

/** Rows are made and locked in one order by everybody, so that two changes wait for each other instead of deadlocking. */
const ENSURE = `
INSERT INTO directory.actor (org, type, id)
SELECT $1, a.type, a.id FROM jsonb_to_recordset($2::jsonb) AS a(type text, id text) ORDER BY a.type, a.id
ON CONFLICT DO NOTHING`;
const LOCK = `
SELECT type, id, version, reported_roles AS "reportedRoles", member_roles AS "memberRoles" FROM directory.actor
WHERE org = $1 AND (type, id) IN (SELECT a.type, a.id FROM jsonb_to_recordset($2::jsonb) AS a(type text, id text))
ORDER BY type, id FOR UPDATE`;
/** A statement of its own after the lock: only so it sees what the one who held the lock has written, an erasure above all. */
const PERSONAL = `
SELECT v.type, v.id, v.name, v.email FROM directory.actor_version v
JOIN jsonb_to_recordset($2::jsonb) AS a(type text, id text, version integer) USING (type, id, version)
WHERE v.org = $1`;
const ADD_VERSIONS = `
INSERT INTO directory.actor_version (org, type, id, version, name, email)
SELECT $1, a.type, a.id, a.version, a.name, a.email
FROM jsonb_to_recordset($2::jsonb) AS a(type text, id text, version integer, name text, email text)`;
const MOVE_ON = `
UPDATE directory.actor SET version = a.version, reported_roles = a."reportedRoles", member_roles = a."memberRoles"
FROM jsonb_to_recordset($2::jsonb) AS a(type text, id text, version integer, "reportedRoles" text[], "memberRoles" text[])
WHERE actor.org = $1 AND actor.type = a.type AND actor.id = a.id`;
const ERASE = `
UPDATE directory.actor_version SET name = NULL, email = NULL, erased_at = now()
WHERE org = $1 AND type = $2 AND id = $3 AND (name IS NOT NULL OR email IS NOT NULL)`;

/** Applies each change to its actor, made when it is new; the actors stay locked until the transaction ends. */
export async function changeActors(
  db: Queryable,
  org: string,
  changes: readonly (ActorId & { readonly change: ActorChange })[],
): Promise<ActorOutcome[]> {
  if (changes.length === 0) return [];
  const wanted = JSON.stringify(changes.map(({ type, id }) => ({ type, id })));
  await db.query(ENSURE, [org, wanted]);
  const current = await lockActors(db, org, wanted);
  const outcomes = changes.map(({ type, id, change }): ActorOutcome => {
    const before = current.get(`${type}/${id}`) ?? UNKNOWN;
    const after = nextActorVersion(before, change);
    return { type, id, before, ...(after === undefined ? {} : { after }) };
  });
  await writeVersions(db, org, outcomes);
  return outcomes;
}

/** What came of an erasure: done, nothing there to erase any more, or an actor that was never heard of. */
export type Erasure = 'erased' | 'nothing' | 'unknown';

/** Forgets the name and address in every version of an actor. */
export async function eraseVersions(db: Queryable, org: string, { type, id }: ActorId): Promise<Erasure> {
  const before = (await lockActors(db, org, JSON.stringify([{ type, id }]))).get(`${type}/${id}`);
  if (before === undefined) return 'unknown';
  if ((await db.query(ERASE, [org, type, id])).rowCount === 0) return 'nothing';
  // A version of its own tells those who keep names for a while that there is news.
  const after = { ...before, version: before.version + 1, name: null, email: null };
  await writeVersions(db, org, [{ type, id, before, after }]);
  return 'erased';
}

const UNKNOWN: Actor = { version: 0, name: null, email: null, reportedRoles: [], memberRoles: [] };

async function lockActors(db: Queryable, org: string, wanted: string): Promise<Map<string, Actor>> {
  const locked = await db.query<ActorId & Omit<Actor, 'name' | 'email'>>(LOCK, [org, wanted]);
  const versions = JSON.stringify(locked.rows.map(({ type, id, version }) => ({ type, id, version })));
  const personal = await db.query<ActorId & Pick<Actor, 'name' | 'email'>>(PERSONAL, [org, versions]);
  const data = new Map(personal.rows.map(({ type, id, name, email }) => [`${type}/${id}`, { name, email }]));
  return new Map(
    locked.rows.map(({ type, id, version, reportedRoles, memberRoles }) => [
      `${type}/${id}`,
      { ...UNKNOWN, ...data.get(`${type}/${id}`), version, reportedRoles, memberRoles },
    ]),
  );
}

async function writeVersions(db: Queryable, org: string, outcomes: readonly ActorOutcome[]): Promise<void> {
  const versions = outcomes.flatMap(({ type, id, after }) =>
    after === undefined ? [] : [{ type, id, ...after }],
  );
  if (versions.length === 0) return;
  await db.query(ADD_VERSIONS, [org, JSON.stringify(versions)]);
  await db.query(MOVE_ON, [org, JSON.stringify(versions)]);
}

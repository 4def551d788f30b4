import { actorKey } from '@auditorium/events';
import type { ActorId } from './actor-store.ts';
import type { Queryable } from './organisation-stream.ts';

/** Which of the compacted topics. */
export type RecordKind = 'orgs' | 'access' | 'actors';

/** A record that Kafka may not have in its newest version. */
export interface Unpublished {
  readonly topic: RecordKind;
  readonly key: string;
  readonly org: string;
  /** Raised by each change: whoever published may only strike the row out while the mark is the one it read. */
  readonly mark: number;
}

const MARK = `
INSERT INTO directory.unpublished (topic, key, org)
SELECT u.topic, u.key, u.org FROM jsonb_to_recordset($1::jsonb) AS u(topic text, key text, org text) ORDER BY u.topic, u.key
ON CONFLICT (topic, key) DO UPDATE SET mark = nextval('directory.unpublished_mark'), due_at = now()`;
const MARK_ALL: Record<RecordKind, string> = {
  orgs: `INSERT INTO directory.unpublished (topic, key, org) SELECT 'orgs', org, org FROM directory.organisation ON CONFLICT DO NOTHING`,
  access: `INSERT INTO directory.unpublished (topic, key, org) SELECT 'access', org, org FROM directory.organisation ON CONFLICT DO NOTHING`,
  actors: `INSERT INTO directory.unpublished (topic, key, org)
SELECT 'actors', org || '/' || type || '/' || id, org FROM directory.actor WHERE version > 0 ON CONFLICT DO NOTHING`,
};
const DUE = `
SELECT topic, key, org, mark FROM directory.unpublished WHERE due_at <= now() ORDER BY mark LIMIT $1`;
const STRIKE_OUT = `
DELETE FROM directory.unpublished u USING jsonb_to_recordset($1::jsonb) AS done(topic text, key text, mark bigint)
WHERE u.topic = done.topic AND u.key = done.key AND u.mark = done.mark`;
const POSTPONE = `
UPDATE directory.unpublished u SET due_at = now() + make_interval(secs => $2)
FROM jsonb_to_recordset($1::jsonb) AS done(topic text, key text, mark bigint)
WHERE u.topic = done.topic AND u.key = done.key AND u.mark = done.mark`;
const AGE = `SELECT count(*) AS records, coalesce(extract(epoch FROM now() - min(changed_at)), 0)::float8 AS seconds FROM directory.unpublished WHERE due_at <= now()`;

/** Says that these records changed; in the transaction of the change, so that none is forgotten. */
export async function markUnpublished(
  db: Queryable,
  records: readonly Omit<Unpublished, 'mark'>[],
): Promise<void> {
  if (records.length > 0) await db.query(MARK, [JSON.stringify(records)]);
}

/** Every record of a topic, for a topic that was made anew. */
export async function markAll(db: Queryable, topic: RecordKind): Promise<void> {
  await db.query(MARK_ALL[topic]);
}

/** The oldest due records. */
export async function readDue(db: Queryable, limit: number): Promise<Unpublished[]> {
  return (await db.query<Unpublished>(DUE, [limit])).rows;
}

/** Kafka has these in the version that was read at their mark, or a newer one. */
export async function strikeOut(db: Queryable, done: readonly Unpublished[]): Promise<void> {
  if (done.length > 0) await db.query(STRIKE_OUT, [JSON.stringify(done)]);
}

/** Kafka has these, and is to get them once more after `seconds`. */
export async function postpone(db: Queryable, done: readonly Unpublished[], seconds: number): Promise<void> {
  if (done.length > 0) await db.query(POSTPONE, [JSON.stringify(done), seconds]);
}

/** How many records wait, and for how long the oldest has. */
export async function unpublishedAge(db: Queryable): Promise<{ records: number; seconds: number }> {
  return (await db.query<{ records: number; seconds: number }>(AGE)).rows[0] ?? { records: 0, seconds: 0 };
}

/** The row of an actor's record. */
export function actorRow(org: string, { type, id }: ActorId): Omit<Unpublished, 'mark'> {
  return { topic: 'actors', key: actorKey(org, type, id), org };
}

import type { Queryable } from './postgres/organisation-stream.ts';

/** An actor whose name somebody wants to show; without a version, or with one that is not there, the newest. */
export interface NameQuestion {
  readonly type: string;
  readonly id: string;
  readonly version?: number | undefined;
}

/** `version` as it was asked for, else the newest; name and address are null where unknown or erased. */
export interface NameAnswer {
  readonly type: string;
  readonly id: string;
  readonly version: number | null;
  readonly name: string | null;
  readonly email: string | null;
}

const NAMES = `
SELECT q.type, q.id, coalesce(q.version, v.version) AS version, v.name, v.email
FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (type text, id text, version integer)) WITH ORDINALITY AS q(type, id, version, place)
LEFT JOIN directory.actor a ON a.org = $1 AND a.type = q.type AND a.id = q.id
LEFT JOIN directory.actor_version v
  ON v.org = a.org AND v.type = a.type AND v.id = a.id
  AND v.version = CASE WHEN q.version BETWEEN 1 AND a.version THEN q.version ELSE a.version END
ORDER BY q.place`;

/** One answer for each question, in their order; one statement for all of them. */
export async function resolveNames(
  db: Queryable,
  org: string,
  questions: readonly NameQuestion[],
): Promise<NameAnswer[]> {
  return (await db.query<NameAnswer>(NAMES, [org, JSON.stringify(questions)])).rows;
}

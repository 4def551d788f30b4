import type pg from 'pg';
import { replay } from '../domain/evolve.ts';
import type { Organisation, OrganisationEvent } from '../domain/organisation.ts';

/** Reads and appends run on a client inside a transaction, or on the pool where a plain read is enough. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** An organisation and the version that its stream had when it was read; version 0 is a stream without events. */
export interface StreamState {
  readonly state: Organisation | undefined;
  readonly version: number;
}

/** Who changed a stream, and by which act: the act is how a lost COMMIT answer is cleared up. */
export interface Change {
  /** A UUID made for this one attempt. */
  readonly id: string;
  /** `type/id` of the one who asked. */
  readonly actor: string;
}

const READ = `SELECT data FROM directory.stream_event WHERE stream = $1 ORDER BY version`;
const APPEND = `
INSERT INTO directory.stream_event (stream, version, change, type, data, actor)
SELECT $1, $2 + position, $3, event->>'type', event, $5
FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS appended(event, position)`;
const WAS_MADE = `SELECT 1 FROM directory.stream_event WHERE stream = $1 AND change = $2 LIMIT 1`;

/** The organisation as its events make it now. */
export async function readStream(db: Queryable, org: string): Promise<StreamState> {
  const { rows } = await db.query<{ data: OrganisationEvent }>(READ, [org]);
  return { state: replay(rows.map(({ data }) => data)), version: rows.length };
}

/** Appends after `version`; a unique violation means that somebody else appended first. */
export async function appendToStream(
  db: Queryable,
  org: string,
  version: number,
  events: readonly OrganisationEvent[],
  change: Change,
): Promise<void> {
  await db.query(APPEND, [org, version, change.id, JSON.stringify(events), change.actor]);
}

/** Whether this change is in the stream: what is true after the answer to its COMMIT was lost. */
export async function wasMade(db: Queryable, org: string, change: Change): Promise<boolean> {
  return (await db.query(WAS_MADE, [org, change.id])).rowCount === 1;
}

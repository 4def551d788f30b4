import { partitionOf } from '@auditorium/events';
import { Problem } from '@auditorium/http';
import { decodeCursor, encodeCursor, type EventCursor } from './domain/event-cursor.ts';
import type { EventFilter } from './domain/event-filter.ts';
import { ShownEvent } from './domain/shown-event.ts';
import type { ActorNames } from './http/actor-names.ts';
import type { EventReader, ReadEvent } from './postgres/read-events.ts';

/** What reading the log stands on. */
export interface LogDependencies {
  readonly reader: EventReader;
  readonly names: ActorNames;
  readonly partitions: number;
}

/** A page of the log. `events` are whole events as JSON texts. */
export interface EventPage {
  readonly events: readonly string[];
  /** Cursor to older events; null at the end. */
  readonly next: string | null;
  /** Cursor back to newer events; null where the log begins for this reader. */
  readonly previous: string | null;
  /** When the page is empty: time of the org's newest event of all, null when there is none. */
  readonly newest?: string | null;
}

/** One page, newest first: rows, then the names of their actors in one question to the directory. */
export async function listEvents(
  deps: LogDependencies,
  org: string,
  query: { readonly filter: EventFilter; readonly cursor?: string | undefined; readonly limit: number },
): Promise<EventPage> {
  const { filter, limit } = query;
  const cursor = query.cursor === undefined ? undefined : requireCursor(query.cursor);
  const { events: rows, cut } = await deps.reader.page(org, filter, cursor, limit + 1);
  const backwards = cursor?.direction === 'previous';
  const isMore = rows.length > limit || cut;
  // Read backwards, the row too many is the newest.
  const page = backwards ? rows.slice(-limit) : rows.slice(0, limit);
  return {
    events: await withNames(deps, org, page),
    next: isMore || backwards ? cursorOf(page.at(-1), 'next') : null,
    previous: (backwards ? isMore : cursor !== undefined) ? cursorOf(page[0], 'previous') : null,
    ...(page.length === 0 && { newest: await deps.reader.newest(org) }),
  };
}

/** A stretch of the log in the order of the ledger, for export and tail. */
export interface EventStretch {
  readonly events: readonly string[];
  /** What to ask for next: `after` this. */
  readonly position: number;
}

/**
 * Events after a position, oldest first; after `latest`, the last ones there are, in the same order. The projection adds
 * rows in this order, so nothing appears behind a position later.
 */
export async function followEvents(
  deps: LogDependencies,
  org: string,
  query: { readonly filter: EventFilter; readonly after: number | 'latest'; readonly limit: number },
): Promise<EventStretch> {
  const { filter, after, limit } = query;
  const partition = partitionOf(org, deps.partitions);
  const rows =
    after === 'latest'
      ? await deps.reader.latest(org, filter, partition, limit)
      : await deps.reader.after(org, filter, partition, after, limit);
  const position = rows.at(-1)?.rawOffset ?? (after === 'latest' ? -1 : after);
  return { events: await withNames(deps, org, rows), position };
}

/** Events as they are shown, with the names that the directory gives now. */
export async function withNames(
  deps: LogDependencies,
  org: string,
  rows: readonly ReadEvent[],
): Promise<string[]> {
  const events = rows.map((row) => new ShownEvent(row));
  const nameOf = await deps.names.resolve(
    org,
    events.map(({ actor }) => actor),
  );
  return events.map((event) => event.withNames(nameOf(event.actor)));
}

function requireCursor(cursor: string): EventCursor {
  const decoded = decodeCursor(cursor);
  if (decoded) return decoded;
  throw Problem.invalid('this cursor did not come from here', {
    errors: [{ path: 'cursor', message: 'unknown' }],
  });
}

function cursorOf(row: ReadEvent | undefined, direction: EventCursor['direction']): string | null {
  return row ? encodeCursor({ time: row.time, rawOffset: row.rawOffset, direction }) : null;
}

import { instantOf } from '@auditorium/events';

/** What the projection keeps of an accepted event: the line as it is, and a cleaned copy of what is searched by. */
export interface EventRow {
  readonly org: string;
  readonly partition: number;
  readonly raw_offset: number;
  /** RFC 3339 with at most six digits of fraction, as PostgreSQL keeps time. */
  readonly acceptedtime: string;
  readonly time: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly outcome: string;
  /** `type/id` of each target. */
  readonly targets: readonly string[];
  readonly search: string;
  readonly line: string;
}

/** Where an accepted event comes from. */
export interface AcceptedMessage {
  readonly org: string;
  readonly partition: number;
  readonly rawOffset: number;
  readonly line: Buffer;
  /** Append time of the enriched message, ms; stands in for a time that the line does not tell. */
  readonly timestamp: number;
}

/** About what an index entry can hold usefully; longer search texts made ingest half as fast. */
const SEARCH_CHARACTERS = 256;
/** A row is kept whatever its line holds, and PostgreSQL would refuse a longer list in an index-free column never. */
const MOST_TARGETS = 200;

type Json = Record<string, unknown>;

/**
 * The row of an accepted event. Enrichment has validated the line; should a field be missing all the same, the row is made
 * with what there is, because a projection that stops hides every event after it.
 */
export function eventRowOf(message: AcceptedMessage): EventRow {
  const line = message.line.toString('utf8');
  const event = parsed(line);
  const data = object(event['data']);
  const actor = object(data['actor']);
  const targets = (Array.isArray(data['targets']) ? data['targets'] : []).slice(0, MOST_TARGETS).map(object);
  const row = {
    id: text(event['id']),
    source: text(event['source']),
    type: text(event['type']),
    actor_type: text(actor['type']),
    actor_id: text(actor['id']),
    outcome: text(data['outcome']),
    targets: targets.map((target) => `${text(target['type'])}/${text(target['id'])}`),
  };
  const names = targets.map((target) => text(target['name']));
  return {
    org: message.org,
    partition: message.partition,
    raw_offset: message.rawOffset,
    acceptedtime: instant(event['acceptedtime'], message.timestamp),
    time: instant(event['time'], message.timestamp),
    ...row,
    search: searchText([
      row.type,
      row.actor_id,
      ...interleave(row.targets, names),
      row.outcome,
      row.source,
      row.actor_type,
    ]),
    line,
  };
}

/** What free text is looked for in: lower case, the most telling parts first, cut to what an index is good for. */
export function searchText(parts: readonly string[]): string {
  return clean(
    [...new Set(parts.filter((part) => part !== ''))].join(' ').slice(0, SEARCH_CHARACTERS),
  ).toLowerCase();
}

function interleave(targets: readonly string[], names: readonly string[]): string[] {
  return targets.flatMap((target, index) => [target, names[index] ?? '']);
}

function parsed(line: string): Json {
  try {
    return object(JSON.parse(line));
  } catch {
    return {};
  }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? clean(value) : '';
}

/** PostgreSQL takes neither NUL nor half of a surrogate pair in a text. */
export function clean(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd');
}

/** Cut, not rounded, to microseconds: rounding could put an event after one that followed it. */
function instant(value: unknown, otherwise: number): string {
  const isTime = typeof value === 'string' && instantOf(value) !== undefined;
  return isTime ? value.replace(/(\.\d{6})\d+/, '$1') : new Date(otherwise).toISOString();
}

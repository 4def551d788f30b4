import { instantOf, parseExact } from '@auditorium/events';
import type { ActorRef } from './layout.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an event was done to. */
export interface EventTarget {
  readonly type: string;
  readonly id: string;
  readonly name: string | undefined;
}

/** A line of the ledger as a layout looks at it: every member has the type that it says, whatever the line holds. */
export interface LedgerEvent {
  readonly id: string;
  readonly source: string;
  /** The action, `noun.verb`. */
  readonly type: string;
  /** RFC 3339, as the line has it. */
  readonly time: string;
  /** The same in milliseconds since 1970, rounded down. */
  readonly at: number;
  readonly org: string;
  readonly orgName: string | undefined;
  readonly actor: ActorRef;
  readonly targets: readonly EventTarget[];
  readonly outcome: string;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
  /** Undefined where the line has none; JSON null is null. Numbers are written as the line has them. */
  readonly before: unknown;
  readonly after: unknown;
  readonly metadata: Fields;
}

const UNKNOWN = 'unknown';

/**
 * Reads a line. Enrichment lets nothing through that lacks a member; should it be there all the same it must not keep
 * its neighbours from being sent, so that what is missing is `unknown`, and a missing time that of acceptance, or 1970.
 */
export function eventOfLine(line: Buffer): LedgerEvent {
  const event = parse(line);
  const data = fieldsOf(event['data']);
  const context = fieldsOf(data['context']);
  const actor = fieldsOf(data['actor']);
  const [time, at] = timeOf(event);
  const version = event['actorversion'];
  return {
    id: textOf(event['id']) ?? UNKNOWN,
    source: textOf(event['source']) ?? UNKNOWN,
    type: textOf(event['type']) ?? UNKNOWN,
    time,
    at,
    org: textOf(event['orgid']) ?? UNKNOWN,
    orgName: textOf(event['orgname']),
    actor: {
      type: textOf(actor['type']) ?? UNKNOWN,
      id: textOf(actor['id']) ?? UNKNOWN,
      version: typeof version === 'number' ? version : null,
    },
    targets: Array.isArray(data['targets']) ? data['targets'].map(targetOf) : [],
    outcome: textOf(data['outcome']) ?? UNKNOWN,
    ip: textOf(context['ip']),
    userAgent: textOf(context['userAgent']),
    requestId: textOf(context['requestId']),
    traceId: textOf(context['traceId']),
    before: data['before'],
    after: data['after'],
    metadata: fieldsOf(data['metadata']),
  };
}

function targetOf(value: unknown): EventTarget {
  const target = fieldsOf(value);
  return {
    type: textOf(target['type']) ?? UNKNOWN,
    id: textOf(target['id']) ?? UNKNOWN,
    name: textOf(target['name']),
  };
}

function timeOf(event: Fields): [string, number] {
  for (const time of [event['time'], event['acceptedtime']]) {
    const at = typeof time === 'string' ? instantOf(time) : undefined;
    if (at !== undefined) return [time as string, at];
  }
  return ['1970-01-01T00:00:00Z', 0];
}

function parse(line: Buffer): Fields {
  try {
    return fieldsOf(parseExact(line.toString('utf8')));
  } catch {
    return {};
  }
}

/** A text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An object's members; none where it is something else, such as a number that is kept as it was written. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

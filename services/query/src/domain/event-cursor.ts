import { instantOf } from '@auditorium/events';

/**
 * A place in an org's log as it is shown, newest first. Of two events with the same time, the one that raw took later is
 * shown first; an org lies in one partition, so the raw offset orders all of its events.
 */
export interface EventCursor {
  /** PostgreSQL's own text of the time, so that no digit and no odd year is lost on the way. */
  readonly time: string;
  readonly rawOffset: number;
  /** `next` goes on to older events, `previous` back to newer ones. */
  readonly direction: 'next' | 'previous';
}

const TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)\+00$/;

/** An opaque text for the API. */
export function encodeCursor({ time, rawOffset, direction }: EventCursor): string {
  return Buffer.from(JSON.stringify([direction === 'next' ? 'n' : 'p', time, rawOffset])).toString(
    'base64url',
  );
}

/** Undefined for anything that {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string): EventCursor | undefined {
  const [direction, time, rawOffset] = parsed(cursor);
  if (direction !== 'n' && direction !== 'p') return undefined;
  if (typeof time !== 'string' || !isTime(time)) return undefined;
  if (typeof rawOffset !== 'number' || !Number.isSafeInteger(rawOffset) || rawOffset < 0) return undefined;
  return { direction: direction === 'n' ? 'next' : 'previous', time, rawOffset };
}

/** A time in UTC that is one: PostgreSQL would answer the 13th month with an error of ours. */
function isTime(text: string): boolean {
  // An event of the year 1 or 9999 with an offset may lie in the year before or after, by hours.
  const near = text.replace(/^10000-01-01/, '9999-12-31').replace(/^0001-12-31(.*) BC$/, '0001-01-01$1');
  const [, date, clock] = TIME.exec(near) ?? [];
  return date !== undefined && instantOf(`${date}T${clock ?? ''}Z`) !== undefined;
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** The address of an event: its partition and raw offset, which lead to its segment, window and proof. */
export interface EventKey {
  readonly partition: number;
  readonly rawOffset: number;
}

export const encodeKey = ({ partition, rawOffset }: EventKey): string => `${partition}-${rawOffset}`;

/** Undefined for anything but `<partition>-<rawOffset>`. */
export function decodeKey(key: string): EventKey | undefined {
  const [, partition, rawOffset] = /^(\d{1,6})-(\d{1,15})$/.exec(key) ?? [];
  return partition === undefined || rawOffset === undefined
    ? undefined
    : { partition: Number(partition), rawOffset: Number(rawOffset) };
}

import { Problem } from '@auditorium/http';
import type { InternalClient } from '@auditorium/http';
import type { Logger } from '@auditorium/telemetry';
import { decodeKey } from './domain/event-cursor.ts';
import { withNames, type LogDependencies } from './list-events.ts';

/** Where delivery says that an event lies. */
export interface EventPlace {
  readonly segment: string | null;
  readonly sequence: number | null;
  readonly windows: readonly {
    destination: string;
    window: string | number;
    object: string | null;
    state: string;
  }[];
}

export interface ShowEventDependencies extends LogDependencies {
  readonly delivery: InternalClient;
  readonly log: Logger;
}

const NOT_SEALED: EventPlace = { segment: null, sequence: null, windows: [] };

/** One event whole, and its place. @throws Problem 404 for what is not there or not this org's: the same answer. */
export async function showEvent(
  deps: ShowEventDependencies,
  org: string,
  key: string,
): Promise<{ event: string; place: EventPlace }> {
  const address = decodeKey(key);
  const row = address && (await deps.reader.one(org, address));
  if (!row) throw Problem.notFound('there is no such event in this log');
  const [[event = ''], place] = await Promise.all([withNames(deps, org, [row]), placeOf(deps, org, row)]);
  return { event, place };
}

/** An event is shown also while delivery is away; its place then is not known yet, as before it is sealed. */
async function placeOf(
  { delivery, log }: ShowEventDependencies,
  org: string,
  { partition, rawOffset }: { partition: number; rawOffset: number },
): Promise<EventPlace> {
  const query = new URLSearchParams({ org, partition: String(partition), rawOffset: String(rawOffset) });
  try {
    return (await delivery.get<EventPlace>(`/internal/v1/locate?${query.toString()}`)) ?? NOT_SEALED;
  } catch (error) {
    log.warn({ err: error, org }, 'delivery could not say where an event lies');
    return NOT_SEALED;
  }
}

import { AIRKIT_COLUMNS, airkitColumns, camelCase } from './airkit-fields.ts';
import { airkitEventType } from './airkit-event-type.ts';
import { datedKey } from './dated-key.ts';
import type { Layout } from './layout.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { type EventNames, ndjson, readEvents } from './read-events.ts';
import { utcTime } from './utc-time.ts';

/**
 * The newer form of Airkit's audit stream: five fields that are always there, and those that the event's type has.
 * docs/formats/airkit-events-layout.md is its specification.
 */
export const airkitEvents: Layout = {
  name: 'airkit-events',
  version: 1,
  contentType: 'application/gzip',
  compression: 'gzip',
  parts: ['events'],
  keyOf: (object) => datedKey(object, 'json.gz'),
  read: (lines) => readEvents(lines, recordOf, ndjson),
};

/** Columns whose facts the five fields tell already. */
const TOLD = /^(?:ORGANIZATION_ID|EVENT_.*)$/;
const OWN_COLUMNS = AIRKIT_COLUMNS.filter((column) => !TOLD.test(column));

function recordOf(event: LedgerEvent, names: EventNames): object {
  const columns = airkitColumns(event, names);
  const own = OWN_COLUMNS.filter((column) => columns[column] !== null);
  return {
    organizationId: event.org,
    eventTime: utcTime(event.time, event.at),
    eventId: event.id,
    type: airkitEventType(event),
    kind: 'Audit',
    ...Object.fromEntries(own.map((column) => [camelCase(column), columns[column]])),
    ...detailsOf(event),
  };
}

/** What the flat form has no column for. */
function detailsOf({ actor, type, outcome, targets, ip, userAgent, before, after }: LedgerEvent): object {
  return {
    action: type,
    outcome,
    actor: { type: actor.type, id: actor.id },
    ...(targets.length > 0 && { targets }),
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

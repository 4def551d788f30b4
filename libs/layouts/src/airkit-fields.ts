import { actionKind } from './action-kind.ts';
import { airkitEventType } from './airkit-event-type.ts';
import { type LedgerEvent, textOf } from './ledger-event.ts';
import type { EventNames } from './read-events.ts';
import { subjectKind } from './subject-kind.ts';
import { utcDay, utcTime } from './utc-time.ts';

/** Which target fills which column. The names are those of types of targets. */
const OF_TARGET: readonly (readonly [column: string, types: string])[] = [
  ['APP_ID', 'app application project'],
  ['BRANCH_ID', 'branch'],
  ['DEPLOY_ID', 'deploy deployment'],
  ['SAVEPOINT_ID', 'savepoint version snapshot'],
  ['DOMAIN', 'domain domain-certificate'],
  ['DATASTORE_ID', 'datastore database'],
  ['API_KEY_ID', 'api-key api_key key'],
  ['NOTIFIER_ID', 'notifier'],
  ['SAML_ID', 'saml saml-provider identity-provider'],
  ['WEBHOOK_ID', 'webhook'],
  ['ADAPTER_ID', 'adapter integration connector'],
  ['EMBED_ID', 'embed'],
  ['ROLE_ID', 'role'],
];
const COLUMN_OF_TYPE = new Map(
  OF_TARGET.flatMap(([column, types]) => types.split(' ').map((type) => [type, column] as const)),
);

/** Columns that only metadata can fill, under this name or its camel case. */
const OF_METADATA = ['SAVEPOINT_REVISION', 'SERVICE_REVISION', 'LOGIN_TYPE'] as const;

/** The 29 columns, in their order (AK4). Null where the event has nothing to say. */
export const AIRKIT_COLUMNS =
  `ORGANIZATION_ID EVENT_ID EVENT_YEAR EVENT_MONTH EVENT_DATE EVENT_TIME ROOT_SCOPE_USER_ID
USER_ID EMAIL APP_ID BRANCH_ID DEPLOY_ID SAVEPOINT_ID SAVEPOINT_REVISION RESOURCE_TYPE RESOURCE_ID DOMAIN DATASTORE_ID
API_KEY_ID NOTIFIER_ID SAML_ID WEBHOOK_ID ADAPTER_ID EMBED_ID ROLE_ID SERVICE SERVICE_REVISION LOGIN_TYPE
EVENT_TYPE`.split(/\s+/);

export type AirkitValue = string | number | null;

/** The 29 columns of one event. */
export function airkitColumns(event: LedgerEvent, names: EventNames): Record<string, AirkitValue> {
  const filled: Record<string, AirkitValue | undefined> = {
    ...timesOf(event),
    ...targetsOf(event),
    ...metadataOf(event),
    ...peopleOf(event, names),
    ORGANIZATION_ID: event.org,
    EVENT_ID: event.id,
    RESOURCE_TYPE: event.targets[0]?.type,
    RESOURCE_ID: event.targets[0]?.id,
    SERVICE: event.source,
    EVENT_TYPE: airkitEventType(event),
  };
  return Object.fromEntries(AIRKIT_COLUMNS.map((column) => [column, filled[column] ?? null]));
}

/** Of the moment in UTC; a month is its first day. Snowflake reads these without a format. */
function timesOf({ time, at }: LedgerEvent): Record<string, AirkitValue> {
  const day = utcDay(time, at);
  return {
    EVENT_YEAR: Number(day.slice(0, 4)),
    EVENT_MONTH: `${day.slice(0, 7)}-01`,
    EVENT_DATE: day,
    EVENT_TIME: utcTime(time, at).replace('T', ' ').replace('Z', ''),
  };
}

/** The first target of each kind. */
function targetsOf({ targets, actor }: LedgerEvent): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const { type, id } of targets) {
    const column = COLUMN_OF_TYPE.get(type);
    if (column !== undefined) filled[column] ??= id;
  }
  if (subjectKind(actor.type) === 'api-key') filled['API_KEY_ID'] ??= actor.id;
  return filled;
}

function metadataOf(event: LedgerEvent): Record<string, string | undefined> {
  const { metadata } = event;
  const filled = OF_METADATA.map((column) => {
    const value = metadata[column] ?? metadata[column.toLowerCase()] ?? metadata[camelCase(column)];
    return [column, typeof value === 'number' ? String(value) : textOf(value)] as const;
  });
  const method = textOf(metadata['method']);
  const login = actionKind(event.type) === 'login' ? { LOGIN_TYPE: method } : {};
  return { ...login, ...Object.fromEntries(filled.filter(([, value]) => value !== undefined)) };
}

/** Who did it, in the organisation as a whole; and whom it is about. They differ where one person acts on another. */
function peopleOf(event: LedgerEvent, names: EventNames): Record<string, string | null | undefined> {
  const actor = subjectKind(event.actor.type) === 'person' ? event.actor.id : undefined;
  const target = event.targets.find(({ type }) => subjectKind(type) === 'person');
  return {
    ROOT_SCOPE_USER_ID: actor,
    USER_ID: target?.id ?? actor,
    EMAIL: target === undefined ? names.actor?.email : names.target(target)?.email,
  };
}

/** `SAVEPOINT_REVISION` → `savepointRevision` */
export const camelCase = (column: string): string =>
  column.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

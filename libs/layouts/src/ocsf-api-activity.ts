import { type ActionKind, actionKind } from './action-kind.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { int32, int64, listOf, type ParquetField, struct, text, textMap } from './parquet-schema.ts';
import type { EventNames } from './read-events.ts';
import { subjectKind } from './subject-kind.ts';
import { pascalCase } from './words.ts';

/** The version of OCSF that the records follow. */
const OCSF = '1.3.0';
const CATEGORY_UID = 6;
/** API Activity: the one class that has room for every audit event, so that a source has one class and one table. */
const CLASS_UID = 6003;

/** The columns, in the order of the file. */
export const API_ACTIVITY: readonly ParquetField[] = [
  int64('time'),
  int32('activity_id'),
  text('activity_name', 'REQUIRED'),
  int32('category_uid'),
  text('category_name', 'REQUIRED'),
  int32('class_uid'),
  text('class_name', 'REQUIRED'),
  int64('type_uid'),
  text('type_name', 'REQUIRED'),
  int32('severity_id'),
  text('severity', 'REQUIRED'),
  int32('status_id'),
  text('status', 'REQUIRED'),
  text('status_detail'),
  struct('metadata', [
    text('version', 'REQUIRED'),
    text('uid', 'REQUIRED'),
    struct('product', [text('name', 'REQUIRED'), text('vendor_name', 'REQUIRED')]),
    text('event_code', 'REQUIRED'),
    text('log_name', 'REQUIRED'),
    text('original_time', 'REQUIRED'),
    text('tenant_uid', 'REQUIRED'),
    text('correlation_uid'),
  ]),
  struct('actor', [
    struct('user', [
      text('uid', 'REQUIRED'),
      int32('type_id'),
      text('type', 'REQUIRED'),
      text('name'),
      text('email_addr'),
      struct('org', [text('uid', 'REQUIRED'), text('name')]),
    ]),
  ]),
  struct('api', [
    text('operation', 'REQUIRED'),
    struct('service', [text('name', 'REQUIRED')]),
    struct('request', [text('uid', 'REQUIRED')], 'OPTIONAL'),
  ]),
  struct('src_endpoint', [text('ip'), text('svc_name')]),
  struct('http_request', [text('user_agent')], 'OPTIONAL'),
  listOf('resources', [text('uid', 'REQUIRED'), text('name'), text('type', 'REQUIRED')]),
  textMap('unmapped'),
];

/** One event as a row: a value for each of the columns. */
export function apiActivity(event: LedgerEvent, names: EventNames): Readonly<Record<string, unknown>> {
  return {
    time: BigInt(event.at),
    ...activityOf(event),
    severity_id: 1,
    severity: 'Informational',
    ...statusOf(event.outcome),
    metadata: metadataOf(event),
    actor: { user: userOf(event, names) },
    api: {
      operation: event.type,
      service: { name: event.source },
      request: event.requestId === undefined ? undefined : { uid: event.requestId },
    },
    // One of its members must be there: without an address it is the service that reported the event.
    src_endpoint: event.ip === undefined ? { svc_name: event.source } : { ip: event.ip },
    http_request: event.userAgent === undefined ? undefined : { user_agent: event.userAgent },
    resources: resourcesOf(event, names),
    unmapped: unmappedOf(event),
  };
}

const OTHER = [99, 'Other'] as const;
const ACTIVITIES: Readonly<Partial<Record<ActionKind, readonly [id: number, name: string]>>> = {
  create: [1, 'Create'],
  signup: [1, 'Create'],
  invite: [1, 'Create'],
  read: [2, 'Read'],
  update: [3, 'Update'],
  grant: [3, 'Update'],
  revoke: [3, 'Update'],
  delete: [4, 'Delete'],
};

function activityOf({ type }: LedgerEvent): object {
  const [id, name] = ACTIVITIES[actionKind(type)] ?? OTHER;
  // What is `Other` in OCSF goes by the source's own word.
  const own = id === OTHER[0] ? pascalCase(type.split('.').at(-1) ?? '') || OTHER[1] : name;
  return {
    activity_id: id,
    activity_name: own,
    category_uid: CATEGORY_UID,
    category_name: 'Application Activity',
    class_uid: CLASS_UID,
    class_name: 'API Activity',
    type_uid: BigInt(CLASS_UID * 100 + id),
    type_name: `API Activity: ${name}`,
  };
}

function statusOf(outcome: string): object {
  if (outcome === 'success') return { status_id: 1, status: 'Success' };
  if (outcome === 'failure' || outcome === 'denied')
    return { status_id: 2, status: 'Failure', status_detail: outcome };
  return { status_id: 0, status: 'Unknown' };
}

function metadataOf({ id, type, source, time, org, traceId }: LedgerEvent): object {
  return {
    version: OCSF,
    uid: id,
    product: { name: 'Auditorium', vendor_name: 'Auditorium' },
    event_code: type,
    log_name: source,
    original_time: time,
    tenant_uid: org,
    correlation_uid: traceId,
  };
}

function userOf({ actor, org, orgName }: LedgerEvent, names: EventNames): object {
  const kind = subjectKind(actor.type);
  const [type_id, type] =
    kind === 'person' ? [1, 'User'] : kind === 'system' ? [3, 'System'] : [OTHER[0], actor.type];
  return {
    uid: actor.id,
    type_id,
    type,
    name: names.actor?.name,
    email_addr: names.actor?.email,
    org: { uid: org, name: orgName },
  };
}

function resourcesOf({ targets }: LedgerEvent, names: EventNames): object[] | undefined {
  if (targets.length === 0) return undefined;
  return targets.map((target) => ({
    uid: target.id,
    type: target.type,
    name: target.name ?? names.target(target)?.name,
  }));
}

/** What OCSF has no attribute for, as JSON. */
function unmappedOf({ before, after, metadata }: LedgerEvent): object[] | undefined {
  const rest = { before, after, metadata: Object.keys(metadata).length > 0 ? metadata : undefined };
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return undefined;
  return entries.map(([key, value]) => ({ key, value: JSON.stringify(value) }));
}

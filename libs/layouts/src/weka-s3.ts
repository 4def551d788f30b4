import { datedKey } from './dated-key.ts';
import type { Layout } from './layout.ts';
import { fieldsOf, isObject, type LedgerEvent, textOf } from './ledger-event.ts';
import { type EventNames, ndjson, readEvents } from './read-events.ts';
import { utcTime } from './utc-time.ts';
import { pascalCase, wordsOf } from './words.ts';

/** The layout of WEKA's audit of its S3 interface. docs/formats/weka-s3-layout.md is its specification. */
export const wekaS3: Layout = {
  name: 'weka-s3',
  version: 1,
  contentType: 'application/gzip',
  compression: 'gzip',
  parts: ['events'],
  keyOf: (object) => datedKey(object, 'json.gz'),
  read: (lines) => readEvents(lines, recordOf, ndjson),
};

function recordOf(event: LedgerEvent, names: EventNames): object {
  const carried = [event.metadata['record'], event.metadata].find(isS3Event);
  return carried === undefined ? mapped(event, names) : withoutCredentials(carried);
}

type Fields = Readonly<Record<string, unknown>>;

/** An event of WEKA's own, which somebody sent through Auditorium: as the record of an import, or as metadata. */
function isS3Event(value: unknown): value is Fields {
  if (!isObject(value)) return false;
  const named = textOf(fieldsOf(value['api'])['name']);
  return named !== undefined && textOf(value['auditVersion']) !== undefined;
}

/** Headers and query parameters with which somebody else could act as the caller. */
const CREDENTIALS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-credential',
  'x-auth-token',
  'signature',
]);
const HEADERS = ['requestHeader', 'responseHeader', 'requestQuery'];

/** Whole, but for credentials: they should not have left the producer, and go no further than here. */
function withoutCredentials(event: Fields): object {
  const cleaned = HEADERS.filter((name) => isObject(event[name])).map((name) => {
    const headers = Object.entries(fieldsOf(event[name]));
    const harmless = headers.filter(([header]) => !CREDENTIALS.has(header.trim().toLowerCase()));
    return [name, Object.fromEntries(harmless)] as const;
  });
  return { ...event, ...Object.fromEntries(cleaned) };
}

/** What HTTP would have answered; the ledger keeps no status. */
const STATUS = new Map<string, readonly [status: string, code: number]>([
  ['success', ['OK', 200]],
  ['denied', ['Forbidden', 403]],
  ['failure', ['Internal Server Error', 500]],
]);

function mapped(event: LedgerEvent, names: EventNames): object {
  const [status, statusCode] = STATUS.get(event.outcome) ?? ['Unknown', 0];
  const { userAgent = '' } = event;
  const { bucket, object } = placeOf(event);
  const name = operationOf(event.type);
  return {
    api: { bucket, name, object, status, statusCode, timeToResponse: '0ns' },
    auditVersion: '1.auditorium',
    deploymentid: event.source,
    remotehost: event.ip ?? '',
    requestHeader: userAgent === '' ? {} : { 'User-Agent': userAgent },
    requestID: event.requestId ?? event.id,
    responseHeader: {},
    time: utcTime(event.time, event.at, NANOSECOND_DIGITS),
    userAgent,
    wekaInfo: { clusterGUID: event.org, clusterName: event.orgName ?? event.org },
    auditorium: originOf(event, names),
  };
}

const NANOSECOND_DIGITS = 9;

/** What WEKA's event has no place for. Readers of it ignore members that they do not know. */
function originOf({ id, type, outcome, actor, targets }: LedgerEvent, names: EventNames): object {
  const { type: kind, id: who } = actor;
  return {
    id,
    type,
    outcome,
    actor: { type: kind, id: who, name: names.actor?.name ?? null },
    targets,
  };
}

/** Bucket and object where the first target is one or the other; else its type and id. */
function placeOf({ targets: [target] }: LedgerEvent): { bucket: string; object: string } {
  if (target === undefined) return { bucket: '', object: '' };
  if (target.type === 's3-bucket') return { bucket: target.id, object: '' };
  if (target.type !== 's3-object') return { bucket: target.type, object: target.id };
  const slash = target.id.indexOf('/');
  if (slash < 0) return { bucket: target.id, object: '' };
  return { bucket: target.id.slice(0, slash), object: target.id.slice(slash + 1) };
}

/** `s3.object.get` → `GetObject`; of other services the whole action, `ProjectRenamed`. */
function operationOf(type: string): string {
  const [service, ...rest] = type.split('.');
  if (service !== 's3' || rest.length !== 2) return pascalCase(type) || 'Unknown';
  const [noun = '', verb = ''] = rest;
  return pascalCase([...wordsOf(verb), ...wordsOf(noun)].join(' '));
}

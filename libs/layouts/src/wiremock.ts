import { createHash } from 'node:crypto';
import { type ActionKind, actionKind } from './action-kind.ts';
import type { ActorName, Layout, ObjectIdentity } from './layout.ts';
import { type EventTarget, isObject, type LedgerEvent } from './ledger-event.ts';
import { type EventNames, ndjson, readEvents } from './read-events.ts';
import { type SubjectKind, subjectKind } from './subject-kind.ts';
import { utcTime } from './utc-time.ts';
import { snakeCase } from './words.ts';

/** The layout of WireMock's audit destinations. docs/formats/wiremock-layout.md is its specification. */
export const wiremock: Layout = {
  name: 'wiremock',
  version: 1,
  contentType: 'application/x-ndjson',
  compression: 'none',
  parts: ['events'],
  keyOf,
  read: (lines) => readEvents(lines, recordOf, ndjson),
};

/** Ten hexadecimal digits are at most eight of base 36, so that no two suffixes become one. */
const SUFFIX_DIGITS = 8;

function keyOf({ prefix, plannedAt, suffix }: ObjectIdentity): string {
  const time = plannedAt.toISOString();
  const code = Number.parseInt(suffix, 16).toString(36).padStart(SUFFIX_DIGITS, '0');
  return `${prefix}${time.slice(0, 7)}/${time.slice(8, 10)}/${time.replaceAll(/[:.]/g, '-')}-${code}.json`;
}

interface Entity {
  readonly id: string;
  readonly name: string;
  readonly entityType: string;
}

function recordOf(event: LedgerEvent, names: EventNames): object {
  const action = ACTIONS[actionKind(event.type)] ?? verbOf(event.type);
  const organisation = entity(event.org, event.orgName, 'ORGANISATION');
  return {
    timestamp: utcTime(event.time, event.at),
    eventId: uuidOf(event),
    ...(action.startsWith('ACL_')
      ? aclOf(event, names, organisation)
      : targetsOf(event, names, organisation)),
    organisation,
    principal: entity(event.actor.id, names.actor?.name, entityType(event.actor.type)),
    clientType: clientTypeOf(event),
    action,
    ...(event.before !== undefined && { before: objectOf(event.before) }),
    ...(event.after !== undefined && { after: objectOf(event.after) }),
  };
}

/** What WireMock's words are for what an action does; any other is its own verb. */
const ACTIONS: Readonly<Partial<Record<ActionKind, string>>> = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  signup: 'SIGNUP',
  login: 'LOGIN',
  grant: 'ACL_GRANT',
  revoke: 'ACL_REVOKE',
  invite: 'INVITE',
};

const verbOf = (type: string): string => snakeCase(type.split('.').at(-1) ?? '').toUpperCase() || 'UNKNOWN';

/** Types of ours whose names differ from WireMock's; any other is its own, in capitals. */
const ENTITY_TYPES = new Map(
  Object.entries({
    group: 'TEAM',
    org: 'ORGANISATION',
    organization: 'ORGANISATION',
    member: 'USER',
    destination: 'S3_AUDIT_SINK',
  }),
);

const entityType = (type: string): string =>
  ENTITY_TYPES.get(type) ?? (snakeCase(type).toUpperCase() || 'UNKNOWN');

/** All three are required: who or what has no name is called by its id. */
function entity(id: string, name: string | null | undefined, type: string): Entity {
  return { id, name: name === undefined || name === null || name === '' ? id : name, entityType: type };
}

const targetEntity = (target: EventTarget, who: ActorName | undefined): Entity =>
  entity(target.id, target.name ?? who?.name, entityType(target.type));

function targetsOf({ targets }: LedgerEvent, names: EventNames, organisation: Entity): object {
  const [first, second] = targets.map((target) => targetEntity(target, names.target(target)));
  return { entity: first ?? organisation, ...(second && { parentEntity: second }) };
}

const HOLDERS: ReadonlySet<SubjectKind> = new Set(['person', 'team', 'api-key']);

/** Who got or lost what on which entity: a role among the targets is what, a person, team or key is who. */
function aclOf({ type, targets }: LedgerEvent, names: EventNames, organisation: Entity): object {
  const roles = targets.filter((target) => subjectKind(target.type) === 'role');
  const holder = targets.find((target) => HOLDERS.has(subjectKind(target.type)));
  const on = targets.find((target) => target !== holder && !roles.includes(target));
  const permissions = roles.map(({ id, name }) => ({ id, friendlyId: name ?? id }));
  return {
    entity: on === undefined ? organisation : targetEntity(on, names.target(on)),
    ...(holder && { subject: targetEntity(holder, names.target(holder)) }),
    ...(permissions.length > 0 && { permission: { permissions } }),
    ...(permissions.length === 0 && /admin/i.test(type) && { permission: 'ALL_PERMISSIONS' }),
  };
}

/** From who acts and with what: the ledger does not say it otherwise. */
function clientTypeOf({ actor, userAgent = '' }: LedgerEvent): string {
  if (/^(operator|admin|root)$/i.test(actor.type)) return 'ADMIN';
  const kind = subjectKind(actor.type);
  if (kind === 'system') return 'SYSTEM';
  if (/\bcli\b/i.test(userAgent)) return 'CLI';
  return kind === 'person' && (userAgent === '' || userAgent.startsWith('Mozilla/')) ? 'UI' : 'API';
}

const objectOf = (value: unknown): object => (isObject(value) ? value : { value });

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The event's own id where it is a UUID; else one made from its identity, the same each time (version 8 of RFC 9562). */
function uuidOf({ org, source, id }: LedgerEvent): string {
  if (UUID.test(id)) return id;
  const bytes = createHash('sha256')
    .update(JSON.stringify([org, source, id]))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

import { actorOfLine } from './actor-of-line.ts';
import { attributeOfLine } from './attribute-of-line.ts';
import type { Layout, ObjectIdentity } from './layout.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { type EventNames, readEvents } from './read-events.ts';
import { subjectKind } from './subject-kind.ts';
import { pascalCase, wordsOf } from './words.ts';

/** The layout of Wiv's audit logs. docs/formats/wiv-layout.md is its specification. */
export const wiv: Layout = {
  name: 'wiv',
  version: 1,
  contentType: 'application/gzip',
  compression: 'gzip',
  parts: ['api', 'org', 'user'],
  partOf,
  keyOf,
  read: (lines) => readEvents(lines, recordOf, jsonArray),
};

/** Unique because no two plans of an org's range and category have the same millisecond. */
function keyOf({ prefix, org, part, plannedAt }: ObjectIdentity): string {
  return `${prefix}${org}/${part}-audit-logs-${plannedAt.getTime()}.json.gz`;
}

const jsonArray = (records: readonly unknown[]): Buffer => Buffer.from(JSON.stringify(records));

/** Words of an action, its verb apart, that say that it is about a person and how that person gets in. */
const ABOUT_PEOPLE = new Set(
  `user users member members actor account accounts group groups team teams role roles session sessions login password
  invite invitation mfa sso saml profile`.split(/\s+/),
);
const ABOUT_KEYS = new Set(['key', 'keys', 'token', 'tokens', 'api', 'oauth']);

/**
 * The category: `api` for what a key or a program did, and for keys themselves; `user` for what is about people and their
 * access; all else is `org`. Read from the line without parsing it where its producer is our SDK.
 */
function partOf(line: Buffer): string {
  if (subjectKind(actorOfLine(line)?.type ?? '') === 'api-key') return 'api';
  const nouns = (attributeOfLine(line, 'type') ?? '').split('.').slice(0, -1).flatMap(wordsOf);
  if (nouns.some((word) => ABOUT_KEYS.has(word))) return 'api';
  return nouns.some((word) => ABOUT_PEOPLE.has(word)) ? 'user' : 'org';
}

function recordOf(event: LedgerEvent, names: EventNames): object {
  return {
    id: event.id,
    org_id: event.org,
    org_name: event.orgName ?? event.org,
    event_type: pascalCase(event.type),
    event_data: dataOf(event),
    created_at: Math.floor(event.at / 1000),
    caused_by_id: event.actor.id,
    caused_by_type: pascalCase(event.actor.type),
    caused_by_source_ip: event.ip ?? null,
    relevant_user_email: emailOf(event, names),
  };
}

/** What the event says that has no field of its own. */
function dataOf(event: LedgerEvent): object {
  const { source, type, time, outcome, targets, userAgent, requestId, before, after, metadata } = event;
  return {
    source,
    type,
    time,
    outcome,
    targets,
    ...(userAgent !== undefined && { user_agent: userAgent }),
    ...(requestId !== undefined && { request_id: requestId }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** Of the person whom the event is about: the first among its targets, else its actor. */
function emailOf(event: LedgerEvent, names: EventNames): string | null {
  const person = event.targets.find(({ type }) => subjectKind(type) === 'person');
  if (person !== undefined) return names.target(person)?.email ?? null;
  return subjectKind(event.actor.type) === 'person' ? (names.actor?.email ?? null) : null;
}

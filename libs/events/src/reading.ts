import type { JsonScanner } from './json-scanner.ts';
import type { RejectionCode } from './verdict-codes.ts';

/** What has been read of one event so far. Used again for the next event. */
export class Reading {
  appendTime = 0;
  org = '';
  /** The first problem of meaning. Reading goes on behind it, because a line that is not JSON is called that first. */
  meaning: RejectionCode | undefined;
  specversion = false;
  orgid = false;
  time = false;
  data = false;
  id: string | undefined;
  source: string | undefined;
  type: string | undefined;
  actorType: string | undefined;
  actorId: string | undefined;
  targets = false;
  outcome = false;
  targetType = false;
  targetId = false;

  begin(org: string, appendTime: number): void {
    this.org = org;
    this.appendTime = appendTime;
    this.meaning = undefined;
    this.specversion = this.orgid = this.time = this.data = this.targets = this.outcome = false;
    this.id = this.source = this.type = this.actorType = this.actorId = undefined;
  }

  /** Notes a problem of meaning; true, so that a reader can return it and go on. */
  note(code: RejectionCode): true {
    this.meaning ??= code;
    return true;
  }
}

/** Reads the value of one member; `depth` is that of the value, were it an object or array. False: not JSON. */
export type ReadValue = (json: JsonScanner, event: Reading, depth: number) => boolean;

/** The members of an object that have a meaning, by name. */
export type Members = readonly (readonly [name: Buffer, read: ReadValue])[];

/** A table of members. Names are ASCII. */
export function membersOf(members: Readonly<Record<string, ReadValue>>): Members {
  return Object.entries(members).map(([name, read]) => [Buffer.from(name, 'latin1'), read] as const);
}

/** Reads an object: known members by their readers, others by `other`. */
export function readMembers(
  json: JsonScanner,
  event: Reading,
  depth: number,
  members: Members,
  other: ReadValue,
): boolean {
  const object = json.enter(depth);
  for (let first = true; json.nextKey(object, first); first = false) {
    if (!readerOf(json, members, other)(json, event, depth + 1)) return false;
  }
  return json.problem === undefined;
}

function readerOf(json: JsonScanner, members: Members, other: ReadValue): ReadValue {
  for (const member of members) {
    if (json.is(member[0])) return member[1];
  }
  return other;
}

/** Reads any value. */
export const readAny: ReadValue = (json, _event, depth) => json.value(depth);

/** A reader of strings; anything else is noted as `code`. */
export function readString(code: RejectionCode): ReadValue {
  return (json, event, depth) =>
    json.kind === 'string' ? json.string() : json.value(depth) && event.note(code);
}

/** Bytes of UTF-8 of the string just read. */
export function bytesOf(json: JsonScanner): number {
  return json.escaped ? Buffer.byteLength(json.text()) : json.end - json.start;
}

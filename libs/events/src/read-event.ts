import type { JsonScanner } from './json-scanner.ts';
import { EVENT_TYPE, LIMITS } from './limits.ts';
import { readData } from './read-data.ts';
import { bytesOf, membersOf, readMembers, readString, type Reading, type ReadValue } from './reading.ts';
import { RESERVED_ATTRIBUTES } from './reserved-attributes.ts';
import { instantOf } from './rfc3339.ts';

const BAD = 'not-cloudevent';
const NAME = /^[a-z0-9]+$/;
const VERSION = Buffer.from('1.0');
const readText = readString(BAD);

/** Reads a string of at most `limit` bytes, not empty; anything else is noted, and `undefined`. */
function textHere(json: JsonScanner, event: Reading, depth: number, limit: number): string | undefined {
  const isString = json.kind === 'string';
  if (!readText(json, event, depth) || !isString) return undefined;
  const bytes = bytesOf(json);
  if (bytes > 0 && bytes <= limit) return json.text();
  event.note(BAD);
  return undefined;
}

const readSpecversion: ReadValue = (json, event, depth) => {
  const isString = json.kind === 'string';
  if (!readText(json, event, depth)) return false;
  event.specversion = isString && json.is(VERSION);
  return true;
};

const readId: ReadValue = (json, event, depth) => {
  event.id = textHere(json, event, depth, LIMITS.idBytes);
  return json.problem === undefined;
};

const readSource: ReadValue = (json, event, depth) => {
  event.source = textHere(json, event, depth, LIMITS.sourceBytes);
  return json.problem === undefined;
};

const readType: ReadValue = (json, event, depth) => {
  const type = textHere(json, event, depth, LIMITS.typeBytes);
  if (type !== undefined && EVENT_TYPE.test(type)) event.type = type;
  return json.problem === undefined;
};

const readTime: ReadValue = (json, event, depth) => {
  const isString = json.kind === 'string';
  if (!json.value(depth)) return false;
  const instant = isString ? instantOf(json.text()) : undefined;
  if (instant === undefined) return event.note('time-invalid');
  event.time = true;
  return instant <= event.appendTime + LIMITS.aheadMs || event.note('time-ahead');
};

const readOrg: ReadValue = (json, event, depth) => {
  const isString = json.kind === 'string';
  if (!json.value(depth)) return false;
  event.orgid = isString && json.text() === event.org;
  return event.orgid || event.note('org-mismatch');
};

const ATTRIBUTES = membersOf({
  specversion: readSpecversion,
  id: readId,
  source: readSource,
  type: readType,
  time: readTime,
  orgid: readOrg,
  data: readData,
  subject: readText,
  dataschema: readText,
  datacontenttype: readText,
});

/** An extension attribute: any name of CloudEvents that enrichment does not add, any value but objects and arrays. */
const readExtension: ReadValue = (json, event, depth) => {
  const name = json.text();
  if (!NAME.test(name)) event.note('attribute-name');
  else if (RESERVED_ATTRIBUTES.has(name)) event.note('attribute-reserved');
  const { kind } = json;
  return json.value(depth) && (kind === 'string' || kind === 'other' || event.note(BAD));
};

/** A name with escapes is refused even where it spells a known one: who looks for names in the bytes must find them. */
const readEscaped: ReadValue = (json, event, depth) => event.note('attribute-name') && json.value(depth);

const readAttribute: ReadValue = (json, event, depth) => {
  if (json.escaped) return readEscaped(json, event, depth);
  for (const attribute of ATTRIBUTES) {
    if (json.is(attribute[0])) return attribute[1](json, event, depth);
  }
  return readExtension(json, event, depth);
};

/** Reads a whole event, up to the brace that closes it. */
export const readEvent: ReadValue = (json, event, depth) => {
  if (json.kind !== 'object') return json.value(depth) && event.note(BAD);
  return readMembers(json, event, depth, [], readAttribute);
};

import type { JsonScanner } from './json-scanner.ts';
import { ACTOR_TYPE, LIMITS } from './limits.ts';
import {
  bytesOf,
  membersOf,
  readAny,
  readMembers,
  readString,
  type Reading,
  type ReadValue,
} from './reading.ts';

const BAD = 'data-invalid';
const readText = readString(BAD);
const [SUCCESS, FAILURE, DENIED] = [Buffer.from('success'), Buffer.from('failure'), Buffer.from('denied')];

/** Reads a string if one stands here, and tells whether it did; notes anything else. */
function stringHere(json: JsonScanner, event: Reading, depth: number): boolean {
  const isString = json.kind === 'string';
  return readText(json, event, depth) && isString;
}

function isId(json: JsonScanner): boolean {
  const bytes = bytesOf(json);
  return bytes > 0 && bytes <= LIMITS.actorIdBytes;
}

const readActorType: ReadValue = (json, event, depth) => {
  if (!stringHere(json, event, depth)) return json.problem === undefined;
  const type = json.text();
  if (!ACTOR_TYPE.test(type)) return event.note(BAD);
  event.actorType = type;
  return true;
};

const readActorId: ReadValue = (json, event, depth) => {
  if (!stringHere(json, event, depth)) return json.problem === undefined;
  if (!isId(json)) return event.note(BAD);
  event.actorId = json.text();
  return true;
};

const readTargetType: ReadValue = (json, event, depth) => {
  if (!stringHere(json, event, depth)) return json.problem === undefined;
  if (!ACTOR_TYPE.test(json.text())) return event.note(BAD);
  event.targetType = true;
  return true;
};

const readTargetId: ReadValue = (json, event, depth) => {
  if (!stringHere(json, event, depth)) return json.problem === undefined;
  if (!isId(json)) return event.note(BAD);
  event.targetId = true;
  return true;
};

const ACTOR = membersOf({ type: readActorType, id: readActorId });
const TARGET = membersOf({ type: readTargetType, id: readTargetId, name: readText });
const CONTEXT = membersOf({ ip: readText, userAgent: readText, requestId: readText, traceId: readText });

const readActor: ReadValue = (json, event, depth) => {
  if (json.kind !== 'object') return json.value(depth) && event.note(BAD);
  return readMembers(json, event, depth, ACTOR, readAny);
};

const readTarget: ReadValue = (json, event, depth) => {
  if (json.kind !== 'object') return json.value(depth) && event.note(BAD);
  event.targetType = event.targetId = false;
  if (!readMembers(json, event, depth, TARGET, readAny)) return false;
  return (event.targetType && event.targetId) || event.note(BAD);
};

const readTargets: ReadValue = (json, event, depth) => {
  if (json.kind !== 'array') return json.value(depth) && event.note(BAD);
  json.enter(depth);
  for (let first = true; json.nextItem(first); first = false) {
    if (!readTarget(json, event, depth + 1)) return false;
  }
  event.targets = true;
  return json.problem === undefined;
};

const readOutcome: ReadValue = (json, event, depth) => {
  if (!stringHere(json, event, depth)) return json.problem === undefined;
  event.outcome = json.is(SUCCESS) || json.is(FAILURE) || json.is(DENIED);
  return true;
};

const readContext: ReadValue = (json, event, depth) => {
  if (json.kind !== 'object') return json.value(depth) && event.note(BAD);
  return readMembers(json, event, depth, CONTEXT, readAny);
};

const readMetadata: ReadValue = (json, event, depth) => {
  const isObject = json.kind === 'object';
  return json.value(depth) && (isObject || event.note(BAD));
};

const DATA = membersOf({
  actor: readActor,
  targets: readTargets,
  outcome: readOutcome,
  context: readContext,
  metadata: readMetadata,
});

/** Reads CloudEvents' `data` as that of an audit event. */
export const readData: ReadValue = (json, event, depth) => {
  if (json.kind !== 'object') return json.value(depth) && event.note(BAD);
  if (!readMembers(json, event, depth, DATA, readAny)) return false;
  const { actorType, actorId, targets, outcome } = event;
  event.data = actorType !== undefined && actorId !== undefined && targets && outcome;
  return event.data || event.note(BAD);
};

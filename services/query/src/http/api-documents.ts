import type { ApiResponseOptions } from '@nestjs/swagger';

const text = { type: 'string' };
const nullableText = { type: 'string', nullable: true };

const EVENT = {
  type: 'object',
  description: 'The event as it lies in the ledger, with `key`, resolved names and a sentence added',
  required: ['key', 'specversion', 'id', 'source', 'type', 'time', 'orgid', 'data'],
  additionalProperties: true,
  properties: {
    key: { ...text, description: 'Address of the event: partition and raw offset' },
    specversion: text,
    id: text,
    source: text,
    type: { ...text, description: 'The action, noun.verb' },
    time: { ...text, format: 'date-time' },
    orgid: text,
    acceptedtime: { ...text, format: 'date-time' },
    actorname: nullableText,
    actoremail: nullableText,
    sentence: text,
    data: { type: 'object', additionalProperties: true },
  },
};

const WINDOW = {
  type: 'object',
  properties: { destination: text, window: text, object: nullableText, state: text },
};

/** A page of the log, or with `after` a stretch of it. */
export const PAGE_DOCUMENT: ApiResponseOptions = {
  schema: {
    type: 'object',
    required: ['events'],
    properties: {
      events: { type: 'array', items: EVENT },
      next: { ...nullableText, description: 'Cursor to older events' },
      previous: { ...nullableText, description: 'Cursor back to newer events' },
      newest: { ...nullableText, description: 'Only on an empty page: time of the newest event of all' },
      position: { type: 'integer', description: 'Only with `after`: what to ask for next' },
    },
  },
};

/** One event and its place. */
export const EVENT_DOCUMENT: ApiResponseOptions = {
  schema: {
    ...EVENT,
    properties: {
      ...EVENT.properties,
      segment: { ...nullableText, description: 'Key of its segment in the ledger; null until it is sealed' },
      sequence: { type: 'integer', nullable: true, description: 'Its number in the history of the org' },
      windows: { type: 'array', items: WINDOW },
    },
  },
};

const QUARANTINED = {
  type: 'object',
  properties: {
    key: text,
    partition: { type: 'integer' },
    rawOffset: { type: 'integer' },
    code: text,
    org: { ...nullableText, description: 'What the message key claims; it may be forged' },
    id: nullableText,
    source: nullableText,
    type: nullableText,
    length: { type: 'integer' },
    digest: text,
    rejectedAt: { ...text, format: 'date-time' },
    state: { type: 'string', enum: ['waiting', 'resubmitting', 'resubmitted'] },
  },
};

/** A page of the quarantine. */
export const QUARANTINE_DOCUMENT: ApiResponseOptions = {
  schema: {
    type: 'object',
    properties: { events: { type: 'array', items: QUARANTINED }, next: nullableText },
  },
};

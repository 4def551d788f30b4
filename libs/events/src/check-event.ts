import { isUtf8 } from 'node:buffer';
import { JsonScanner } from './json-scanner.ts';
import { LIMITS, ORG_ID } from './limits.ts';
import { readEvent } from './read-event.ts';
import { Reading } from './reading.ts';
import type { RejectionCode } from './verdict-codes.ts';

/** A body that is an audit event, and what is needed of it further on. */
export interface Checked {
  readonly ok: true;
  readonly org: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly actorType: string;
  readonly actorId: string;
}

/** A body that is none. `id`, `source` and `type` are given where they could be read. */
export interface Rejection {
  readonly ok: false;
  readonly code: RejectionCode;
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
}

const json = new JsonScanner();
const event = new Reading();

/**
 * Judges a raw record by itself: everything but partition, outbox and repeats. Never throws; the same arguments give the
 * same answer. The codes and their order are those of docs/formats/verdicts.md.
 *
 * @param value the record's bytes
 * @param key the record's key: the org's id
 * @param appendTime when the broker appended it, milliseconds since 1970: the only clock
 */
export function checkEvent(
  value: Buffer | null,
  key: Buffer | null,
  appendTime: number,
): Checked | Rejection {
  const org = orgOf(key);
  if (typeof org !== 'string') return org;
  if (value === null) return { ok: false, code: 'no-value' };
  const code = checkBytes(value);
  return code === undefined ? checkLine(value, org, appendTime) : { ok: false, code };
}

/** The org that a key names, or why it names none. */
export function orgOf(key: Buffer | null): string | Rejection {
  if (key === null) return { ok: false, code: 'no-key' };
  const org = key.toString('latin1');
  return ORG_ID.test(org) ? org : { ok: false, code: 'org-invalid' };
}

function checkBytes(value: Buffer): RejectionCode | undefined {
  if (value.length > LIMITS.eventBytes) return 'too-large';
  if (!isUtf8(value)) return 'invalid-utf8';
  if (value.includes(0x0a) || value.includes(0x0d)) return 'raw-newline';
  return value.includes(0) ? 'nul' : undefined;
}

function checkLine(value: Buffer, org: string, appendTime: number): Checked | Rejection {
  event.begin(org, appendTime);
  json.open(value);
  if (readEvent(json, event, 1)) json.finish();
  const code = json.problem ?? spelledTwice(value) ?? event.meaning ?? missing();
  const { id, source, type, actorType, actorId } = event;
  if (code !== undefined) return { ok: false, code, id, source, type };
  return { ok: true, org, id, source, type, actorType, actorId } as Checked;
}

/** Finds two spellings of one name in an object. Not with JSON.parse, which keeps only one of them. */
function spelledTwice(value: Buffer): RejectionCode | undefined {
  if (!json.escapedNames) return undefined;
  json.open(value, true);
  json.value(1);
  return json.problem;
}

function missing(): RejectionCode | undefined {
  const { specversion, id, source, type } = event;
  if (!specversion || id === undefined || source === undefined || type === undefined) return 'not-cloudevent';
  if (!event.time) return 'time-invalid';
  if (!event.data) return 'data-invalid';
  return event.orgid ? undefined : 'org-mismatch';
}

import { createHash } from 'node:crypto';
import { ACTOR_TYPE, checkEvent, LIMITS } from '@auditorium/events';
import type { MappedEvent, SourceRecord } from './source-record.ts';

/** An event of an import, ready to be sent; or why it cannot be. */
export type ImportedLine = { readonly line: Buffer } | { readonly reason: string };

/**
 * Composes the event's bytes. The record goes into `data.metadata.record` as the text that was read, so that no digit of a
 * long number is lost; `data.metadata.event` says which of the record's events this is.
 *
 * The id is a digest of the source's own id, the record and the event's place in it: the same record gives the same id
 * each time, and records that differ in anything never share one, even where the source gave them the same id.
 *
 * @param kept what of the record is kept; the id is of the whole record in any case
 * @param now milliseconds since 1970: events more than a day ahead of it would be rejected
 */
export function importedEvent(
  org: string,
  record: SourceRecord,
  mapped: MappedEvent,
  place: number,
  now: number,
  kept: string = record.text,
): ImportedLine {
  const [subject] = mapped.targets;
  const event = {
    specversion: '1.0',
    id: digestOf(mapped.ownId, record.text, place),
    source: fit(mapped.source, LIMITS.sourceBytes),
    type: mapped.action,
    time: mapped.time,
    ...(subject && { subject: `${typeOf(subject.type)}/${idOf(subject.id)}` }),
    orgid: org,
    data: {
      actor: { type: typeOf(mapped.actor.type), id: idOf(mapped.actor.id) },
      targets: mapped.targets.map(({ type, id, name }) => ({
        type: typeOf(type),
        id: idOf(id),
        ...(name !== undefined && { name }),
      })),
      outcome: mapped.outcome,
      ...(Object.keys(mapped.context).length > 0 && { context: mapped.context }),
      ...(mapped.before !== undefined && { before: mapped.before }),
      ...(mapped.after !== undefined && { after: mapped.after }),
    },
  };
  const line = Buffer.from(withMetadata(JSON.stringify(event), kept, place));
  const checked = checkEvent(line, Buffer.from(org), now);
  return checked.ok ? { line } : { reason: REASONS[checked.code] ?? `would be rejected: ${checked.code}` };
}

/** Puts the metadata in before the two braces that close `data` and the event. */
function withMetadata(event: string, record: string, place: number): string {
  return `${event.slice(0, -2)},"metadata":{"record":${record},"event":${place}}}}`;
}

function digestOf(ownId: string, record: string, place: number): string {
  return createHash('sha256')
    .update(JSON.stringify([ownId, place]))
    .update('\n')
    .update(record)
    .digest('hex');
}

/** Says in words what an operator meets most. */
const REASONS: Readonly<Record<string, string>> = {
  'too-large': `larger than ${LIMITS.eventBytes} bytes`,
  'too-deep': `nested deeper than ${LIMITS.depth}`,
  'too-many-keys': `more than ${LIMITS.keys} fields`,
  'duplicate-key': 'a field occurs twice',
  nul: 'holds a NUL character',
  'lone-surrogate': 'holds half of a character (a lone surrogate)',
  'time-invalid': 'its time is not RFC 3339',
  'time-ahead': 'its time is more than a day ahead',
};

/** A type may not hold everything that a source calls a type. The record keeps the original. */
function typeOf(type: string): string {
  return ACTOR_TYPE.test(type) ? type : type.replaceAll(/[^A-Za-z0-9_.:-]/g, '-').slice(0, 64) || 'unknown';
}

function idOf(id: string): string {
  return fit(id, LIMITS.actorIdBytes) || 'unknown';
}

/** Cuts at a character; the record keeps the whole. */
function fit(text: string, bytes: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (Buffer.byteLength(clean) <= bytes) return clean;
  let cut = clean;
  while (Buffer.byteLength(cut) > bytes - 3) cut = cut.slice(0, Math.max(1, Math.floor(cut.length * 0.9)));
  return `${cut.toWellFormed()}…`;
}

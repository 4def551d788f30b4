import { createHash } from 'node:crypto';
import type { ImportedEvent } from '@auditorium/sdk';
import type { ImportFormat } from './importers/formats.ts';
import { importedEvent } from './importers/imported-event.ts';
import type { ImportReport } from './import-report.ts';
import { note, skip } from './import-report.ts';
import type { MappedEvent, Mapping, SourceRecord } from './importers/source-record.ts';

/** What an import needs besides the bytes. */
export interface ImportRecordsOptions {
  readonly format: ImportFormat;
  /** The org's id. */
  readonly org: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Gets a count of everything; it is complete when the last event has been taken. */
  readonly report: ImportReport;
}

/** Sequences of a record's events lie within this many of the next record's. */
const EVENTS_A_RECORD = 1000;

/**
 * Names the outbox of an import by what is imported and for whom: the same content imported again has the same numbers,
 * and enrichment drops what it has. The org belongs to the name, because two orgs may lie in one partition.
 *
 * @param digest sha256 of the unpacked bytes, so a file and its .gz are the same
 */
export function importOutbox(org: string, format: ImportFormat, digest: Buffer): string {
  const name = createHash('sha256').update(`${org}\n${format.name}\n`).update(digest).digest('hex');
  return `import/${name}`;
}

/** Turns a file's bytes into events with their numbers, one record in memory at a time. */
export async function* importRecords(
  chunks: AsyncIterable<Buffer>,
  options: ImportRecordsOptions,
): AsyncGenerator<ImportedEvent> {
  const { format, report } = options;
  let base = 0;
  for await (const record of format.read(chunks)) {
    if ('reason' in record) {
      if (record.besides) note(report, `${record.where} ${record.reason}`);
      else {
        report.read += 1;
        base += EVENTS_A_RECORD;
        skip(report, record.reason, record.where);
      }
      continue;
    }
    report.read += 1;
    const mapping = format.map(record);
    if ('reason' in mapping) skip(report, mapping.reason, record.where);
    else yield* eventsOf(record, mapping, base, options);
    base += roomFor('reason' in mapping ? 0 : mapping.events.length);
  }
}

/** A thousand numbers for each record, more only where it has more events: a function of the file's content alone. */
function roomFor(events: number): number {
  return Math.max(1, Math.ceil(events / EVENTS_A_RECORD)) * EVENTS_A_RECORD;
}

function* eventsOf(
  record: SourceRecord,
  mapping: Mapping,
  base: number,
  options: ImportRecordsOptions,
): Generator<ImportedEvent> {
  const emittedBefore = options.report.emitted;
  for (const [place, mapped] of mapping.events.entries()) {
    const composed = composeEvent(record, mapping, mapped, place, options);
    if ('line' in composed) {
      options.report.emitted += 1;
      yield { line: composed.line, sequence: base + place };
    } else skip(options.report, composed.reason, record.where);
  }
  if (options.report.emitted === emittedBefore) return;
  for (const text of [...record.notes, ...mapping.notes]) note(options.report, text);
}

/** Keeps the whole record; where that is too much, the event's own part of it. */
function composeEvent(
  record: SourceRecord,
  mapping: Mapping,
  mapped: MappedEvent,
  place: number,
  { org, now, report }: ImportRecordsOptions,
): ReturnType<typeof importedEvent> {
  const whole = importedEvent(org, record, mapped, place, now);
  if ('line' in whole || mapping.events.length === 1) return whole;
  const part = mapping.partOf?.(place);
  if (part === undefined) return whole;
  const reduced = importedEvent(org, record, mapped, place, now, part);
  if ('line' in reduced)
    note(report, 'too large to repeat its siblings: it keeps its own part, and they keep theirs');
  return reduced;
}

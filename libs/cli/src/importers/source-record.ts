/** One record of a source, as it was read. */
export interface SourceRecord {
  /** Its place in the file, from 0; also counts records that could not be read. */
  readonly index: number;
  /** What the operator can look for: a line or byte number. */
  readonly where: string;
  /** The record as compact JSON text: an object, its numbers and escapes exactly as the source wrote them. */
  readonly text: string;
  /** The same, parsed: for looking at. What is kept is the text. */
  readonly value: Readonly<Record<string, unknown>>;
  /** What was noticed while reading, for the report. */
  readonly notes: readonly string[];
}

/** A record that could not be read, and why. */
export interface UnreadableRecord {
  readonly index: number;
  /** What the operator can look for: a line or byte number. */
  readonly where: string;
  readonly reason: string;
  /** True when this is no record but something beside the records, such as the token of the next page. */
  readonly besides?: boolean;
}

/** What reading yields. */
export type ReadRecord = SourceRecord | UnreadableRecord;

/** What an importer makes of a record: one event or several. */
export interface MappedEvent {
  /** The source's own id of it. */
  readonly ownId: string;
  /** The CloudEvents `source`: which product it comes from. */
  readonly source: string;
  readonly action: string;
  /** The source's own time, as it wrote it. */
  readonly time: string;
  readonly actor: { readonly type: string; readonly id: string };
  readonly targets: readonly { readonly type: string; readonly id: string; readonly name?: string }[];
  readonly outcome: 'success' | 'failure' | 'denied';
  readonly context: { readonly ip?: string; readonly userAgent?: string; readonly requestId?: string };
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A record understood. */
export interface Mapping {
  readonly events: readonly MappedEvent[];
  /** What the source did not tell, or had no place of its own; each is counted in the report. */
  readonly notes: readonly string[];
  /** For records too large to be kept whole in each of their events: the part that belongs to the event at this place. */
  readonly partOf?: (place: number) => string | undefined;
}

/** A record from which no event can be made, and why. */
export interface Unmappable {
  readonly reason: string;
}

/** Turns a record into events. Pure. */
export type RecordMapping = (record: SourceRecord) => Mapping | Unmappable;

/** A string member, or undefined when it is absent, empty or something else. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An object member, or an empty object. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The object members of an array, or none. */
export function objectsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}

import type { RejectionCode } from './verdict-codes.ts';

/** Headers that our SDK and the importers put on raw messages. */
export const RAW_HEADERS = { outbox: 'outbox', sequence: 'outbox-seq' } as const;

/** The raw headers of a message: where it comes from, and its number there. Within a partition numbers only rise. */
export function rawHeadersOf(origin: {
  readonly outbox: string;
  readonly sequence: number;
}): Record<string, string> {
  return { [RAW_HEADERS.outbox]: origin.outbox, [RAW_HEADERS.sequence]: String(origin.sequence) };
}

/** What enrichment says of a raw record. */
export type Verdict = 'accepted' | 'rejected' | 'repeat';

/**
 * The digest in a verdict on raw offsets that raw no longer holds (`raw-lost`): there was nothing to take one of. No record
 * has it, so a record that turns up there later is not mistaken for what was lost.
 */
export const NO_DIGEST = '0'.repeat(64);

/** The headers of an enriched message. */
export interface EnrichedHeaders {
  readonly verdict: Verdict;
  /** The raw offset that this verdict is on. */
  readonly rawOffset: number;
  /** The first raw offset that this message accounts for: lower than `rawOffset` where Kafka left a hole, or raw was lost. */
  readonly rawFrom: number;
  /** Why, when rejected. */
  readonly code?: RejectionCode | undefined;
  /** The event's own id, source and type; absent where the body could not be read that far. */
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  /** sha256 of the raw value in hex: the first 16 bytes; all 32 when rejected. */
  readonly digest: string;
  /** Length of the raw value in bytes, when rejected. */
  readonly length?: number | undefined;
  readonly outbox?: string | undefined;
  readonly sequence?: number | undefined;
}

/** The headers as Kafka carries them: strings of UTF-8. */
export function encodeEnrichedHeaders(headers: EnrichedHeaders): Record<string, string> {
  const encoded: Record<string, string> = {
    verdict: headers.verdict,
    'raw-offset': String(headers.rawOffset),
    'raw-from': String(headers.rawFrom),
    digest: headers.digest,
  };
  if (headers.code !== undefined) encoded['code'] = headers.code;
  if (headers.id !== undefined) encoded['id'] = headers.id;
  if (headers.source !== undefined) encoded['source'] = headers.source;
  if (headers.type !== undefined) encoded['type'] = headers.type;
  if (headers.length !== undefined) encoded['length'] = String(headers.length);
  if (headers.outbox !== undefined) encoded[RAW_HEADERS.outbox] = headers.outbox;
  if (headers.sequence !== undefined) encoded[RAW_HEADERS.sequence] = String(headers.sequence);
  return encoded;
}

/** Headers as clients hand them over. */
export type ReceivedHeaders = Readonly<Record<string, Buffer | string | undefined>>;

/** Reads the headers of an enriched message; `undefined` when they are not those of a verdict. */
export function decodeEnrichedHeaders(headers: ReceivedHeaders): EnrichedHeaders | undefined {
  const verdict = text(headers['verdict']);
  const rawOffset = whole(headers['raw-offset']);
  const rawFrom = whole(headers['raw-from']);
  const digest = text(headers['digest']);
  if (verdict !== 'accepted' && verdict !== 'rejected' && verdict !== 'repeat') return undefined;
  if (rawOffset === undefined || rawFrom === undefined || digest === undefined) return undefined;
  return {
    verdict,
    rawOffset,
    rawFrom,
    digest,
    code: text(headers['code']) as RejectionCode | undefined,
    id: text(headers['id']),
    source: text(headers['source']),
    type: text(headers['type']),
    length: whole(headers['length']),
    outbox: text(headers[RAW_HEADERS.outbox]),
    sequence: whole(headers[RAW_HEADERS.sequence]),
  };
}

function text(value: Buffer | string | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : value.toString('utf8');
}

function whole(value: Buffer | string | undefined): number | undefined {
  const digits = text(value);
  if (digits === undefined || !/^\d{1,16}$/.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : undefined;
}

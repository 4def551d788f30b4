import { decideTake, decodeEnrichedHeaders, ORG_ID, type EnrichedHeaders } from '@auditorium/events';
import type { ReceivedHeaders } from '@auditorium/events';
import { clean, eventRowOf, type EventRow } from './event-row.ts';

/** Raw offsets, both inclusive, on which enriched has no verdict although later ones have. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Where the projection of a partition stands: everything up to `rawLast` is in it, reading goes on at `enrichedNext`. */
export interface Position {
  readonly enrichedNext: number;
  readonly rawLast: number;
  readonly gap: Gap | null;
}

/** How the raw offsets between two positions are accounted for; `skipped` is beside them: repeats of a verdict. */
export interface Counts {
  accepted: number;
  rejected: number;
  repeats: number;
  holes: number;
  skipped: number;
}

/** A rejected event as operators see it. Byte strings in base64. */
export interface QuarantineRow {
  readonly partition: number;
  readonly raw_offset: number;
  /** The first raw offset of the range that was lost; null where nothing was. */
  readonly raw_from: number | null;
  readonly code: string;
  readonly org: string | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly length: number;
  readonly digest: string;
  readonly id: string | null;
  readonly source: string | null;
  readonly type: string | null;
  readonly outbox: string | null;
  readonly sequence: number | null;
  readonly rejected_at: string;
}

/** What a batch adds to the projection, to be made durable in one transaction. */
export interface Gathered {
  readonly partition: number;
  readonly from: Position;
  readonly to: Position;
  readonly counts: Counts;
  readonly events: readonly EventRow[];
  readonly quarantined: readonly QuarantineRow[];
}

/** A message of the enriched topic. */
export interface EnrichedMessage {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: ReceivedHeaders;
}

/** Goes through messages by the consumer rule: takes each verdict once and in order, nothing beyond a gap. */
export function gatherBatch(
  partition: number,
  from: Position,
  batch: { readonly next: number; readonly messages: readonly EnrichedMessage[] },
): Gathered {
  const counts: Counts = { accepted: 0, rejected: 0, repeats: 0, holes: 0, skipped: 0 };
  const events: EventRow[] = [];
  const quarantined: QuarantineRow[] = [];
  let { rawLast, gap } = from;
  for (const message of batch.messages) {
    const headers = decodeEnrichedHeaders(message.headers);
    // What is no verdict of ours accounts for nothing: were it one in disguise, the next verdict shows a gap.
    if (!headers || isHollow(headers, message)) continue;
    const decision = decideTake(rawLast, headers.rawFrom, headers.rawOffset);
    if (decision === 'repeat') counts.skipped += 1;
    if (decision === 'gap')
      gap = { from: rawLast + 1, to: Math.min(headers.rawFrom - 1, gap?.to ?? Infinity) };
    if (decision !== 'take') continue;
    counts.holes += headers.rawOffset - rawLast - 1;
    rawLast = headers.rawOffset;
    gap = null;
    if (headers.verdict === 'repeat') counts.repeats += 1;
    else if (headers.verdict === 'rejected') {
      counts.rejected += 1;
      quarantined.push(quarantineRowOf(partition, headers, message));
    } else {
      counts.accepted += 1;
      events.push(acceptedRowOf(partition, headers, message));
    }
  }
  const to = { enrichedNext: Math.max(from.enrichedNext, batch.next), rawLast, gap };
  return { partition, from, to, counts, events, quarantined };
}

function isHollow(headers: EnrichedHeaders, { key, value }: EnrichedMessage): boolean {
  return headers.verdict === 'accepted' && (key === null || value === null);
}

function acceptedRowOf(
  partition: number,
  { rawOffset }: EnrichedHeaders,
  message: EnrichedMessage,
): EventRow {
  const { key, value, timestamp } = message;
  return eventRowOf({
    org: key?.toString('latin1') ?? '',
    partition,
    rawOffset,
    line: value ?? Buffer.alloc(0),
    timestamp,
  });
}

function quarantineRowOf(
  partition: number,
  headers: EnrichedHeaders,
  message: EnrichedMessage,
): QuarantineRow {
  const { rawOffset, code = 'unknown', length, digest, id, source, type, outbox, sequence } = headers;
  const claimed = message.key?.toString('latin1') ?? '';
  const orNull = (value: string | undefined): string | null => (value === undefined ? null : clean(value));
  return {
    partition,
    raw_offset: rawOffset,
    raw_from: code === 'raw-lost' ? headers.rawFrom : null,
    code: clean(code),
    org: ORG_ID.test(claimed) ? claimed : null,
    key: message.key?.toString('base64') ?? null,
    value: message.value?.toString('base64') ?? null,
    length: length ?? message.value?.length ?? 0,
    digest: clean(digest),
    id: orNull(id),
    source: orNull(source),
    type: orNull(type),
    outbox: orNull(outbox),
    sequence: sequence ?? null,
    rejected_at: new Date(message.timestamp).toISOString(),
  };
}

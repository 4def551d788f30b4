import type { RecordsBatch } from '@platformatic/kafka';
import type { FetchedMessage, Hole } from './fetched-batch.ts';

const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;
const IS_LOG_APPEND_TIME = 0x08;
/** A control record's key is version int16, type int16; type 0 ends a transaction by aborting it. */
const ABORT = 0;

/** A transaction of which the broker says that it was aborted. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** What lies in fetched record batches from a position on. */
export interface DecodedRecords {
  readonly messages: FetchedMessage[];
  readonly holes: Hole[];
  /** The position after the last record batch, or `from` when there is none. */
  readonly next: number;
}

/**
 * Tells messages from control and aborted records, as Kafka's own consumer does: a transaction counts as aborted from
 * its first offset until its producer's abort marker.
 */
export function decodeRecords(
  batches: readonly RecordsBatch[],
  aborted: readonly AbortedTransaction[],
  from: number,
): DecodedRecords {
  const waiting = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const abortedProducers = new Set<bigint>();
  const result = { messages: [] as FetchedMessage[], holes: [] as Hole[], next: from };
  for (const batch of batches) {
    const last = Number(batch.firstOffset) + batch.lastOffsetDelta;
    while (waiting[0] && Number(waiting[0].firstOffset) <= last) {
      abortedProducers.add((waiting.shift() as AbortedTransaction).producerId);
    }
    const isHole = leavesHole(batch, abortedProducers);
    if (last < from) continue;
    if (isHole) result.holes.push({ from: Math.max(from, Number(batch.firstOffset)), to: last });
    else pushMessages(batch, from, result.messages);
    result.next = last + 1;
  }
  return result;
}

function leavesHole(batch: RecordsBatch, abortedProducers: Set<bigint>): boolean {
  if (batch.attributes & IS_CONTROL) {
    const key = batch.records[0]?.key as Buffer | null | undefined;
    if (key && key.length >= 4 && key.readInt16BE(2) === ABORT) abortedProducers.delete(batch.producerId);
    return true;
  }
  return (batch.attributes & IS_TRANSACTIONAL) !== 0 && abortedProducers.has(batch.producerId);
}

function pushMessages(batch: RecordsBatch, from: number, into: FetchedMessage[]): void {
  const appendTime = batch.attributes & IS_LOG_APPEND_TIME ? Number(batch.maxTimestamp) : undefined;
  for (const record of batch.records) {
    const offset = Number(batch.firstOffset) + record.offsetDelta;
    if (offset < from) continue;
    into.push({
      offset,
      timestamp: appendTime ?? Number(batch.firstTimestamp + record.timestampDelta),
      key: record.key ?? null,
      value: record.value ?? null,
      headers: headersOf(record.headers as readonly (readonly [Buffer, Buffer | null])[]),
    });
  }
}

function headersOf(pairs: readonly (readonly [Buffer, Buffer | null])[]): Record<string, Buffer | undefined> {
  const headers: Record<string, Buffer | undefined> = {};
  for (const [name, value] of pairs) headers[name.toString()] = value ?? undefined;
  return headers;
}

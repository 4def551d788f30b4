import type { Hole } from './fetched-batch.ts';
import { IS_CONTROL, IS_TRANSACTIONAL, type RecordBatch, type SplitBatches } from './record-batch.ts';
import { openRecords, RecordReader } from './read-records.ts';

/** A transaction of which the broker says that it was aborted. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** Which partition was fetched, from which position. */
export interface FetchedPlace {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly logEnd: number;
}

/** A stretch of one partition as it was fetched: what the record batches hold is not unpacked yet. */
export interface PackedStretch extends FetchedPlace {
  readonly next: number;
  readonly parts: readonly Part[];
  /** Bytes that wait in it. */
  readonly bytes: number;
}

type Part = { readonly batch: RecordBatch } | { readonly hole: Hole };

/** A control record's key is version int16, type int16; type 0 ends a transaction by aborting it. */
const ABORT = 0;
const TYPE_AT = 2;
const NO_KEY = Buffer.alloc(0);

/**
 * Tells record batches with messages from control and aborted ones, as Kafka's own consumer does: a transaction counts as
 * aborted from its first offset until its producer's abort marker.
 *
 * @returns undefined when nothing lies at or behind the position
 */
export function packStretch(
  { batches }: SplitBatches,
  aborted: readonly AbortedTransaction[],
  place: FetchedPlace,
): PackedStretch | undefined {
  const waiting = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const abortedProducers = new Set<bigint>();
  const parts: Part[] = [];
  let bytes = 0;
  let next = place.from;
  for (const batch of batches) {
    while (waiting[0] && Number(waiting[0].firstOffset) <= batch.last) {
      abortedProducers.add((waiting.shift() as AbortedTransaction).producerId);
    }
    const isHole = leavesHole(batch, abortedProducers);
    if (batch.last < place.from) continue;
    parts.push(isHole ? { hole: { from: Math.max(place.from, batch.first), to: batch.last } } : { batch });
    bytes += isHole ? 0 : batch.records.length;
    next = batch.last + 1;
  }
  return next === place.from ? undefined : { ...place, next, parts, bytes };
}

function leavesHole(batch: RecordBatch, abortedProducers: Set<bigint>): boolean {
  if (batch.attributes & IS_CONTROL) {
    if (endsByAborting(batch)) abortedProducers.delete(batch.producerId);
    return true;
  }
  return (batch.attributes & IS_TRANSACTIONAL) !== 0 && abortedProducers.has(batch.producerId);
}

function endsByAborting(batch: RecordBatch): boolean {
  const records = openRecords(batch);
  if (records === undefined) return false;
  const key = new RecordReader(batch, records, batch.first).next()?.key ?? NO_KEY;
  return key.length >= TYPE_AT + 2 && key.readInt16BE(TYPE_AT) === ABORT;
}

/** Two stretches that follow each other, as one. */
export function joinStretches(first: PackedStretch, second: PackedStretch): PackedStretch {
  const { next, logEnd } = second;
  const parts = [...first.parts, ...second.parts];
  return { ...first, next, logEnd, parts, bytes: first.bytes + second.bytes };
}

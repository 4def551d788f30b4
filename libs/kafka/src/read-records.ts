import { LIMITS } from '@auditorium/events';
import type { FetchedMessage } from './fetched-batch.ts';
import { CODEC, IS_LOG_APPEND_TIME, type RecordBatch } from './record-batch.ts';
import { unpackRecords } from './unpack-records.ts';

/** Reads numbers from unpacked records as Kafka writes them: seven bits a byte, signs folded in. */
class Cursor {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  varint(): number {
    let folded = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined || scale > LAST_GROUP) throw new RangeError('no number');
      folded += (byte & 0x7f) * scale;
      if (byte < 0x80) return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    }
  }

  /** Bytes of a key, value or header; null where the length is −1. */
  field(): Buffer | null {
    const length = this.varint();
    if (length === -1) return null;
    if (length < 0 || this.at + length > this.bytes.length) throw new RangeError('no field');
    return this.bytes.subarray(this.at, (this.at += length));
  }

  skipField(): number {
    const length = this.varint();
    if (length < -1 || this.at + length > this.bytes.length) throw new RangeError('no field');
    if (length > 0) this.at += length;
    return length;
  }
}

/** The longest number has ten groups. */
const LAST_GROUP = 128 ** 9;

/**
 * Unpacks a batch and walks over its records once, so that it is known of the whole batch whether it can be read before
 * anything is made of the first record.
 *
 * @returns undefined when it cannot be read within the bounds of docs/formats/verdicts.md
 */
export function openRecords(batch: RecordBatch): Buffer | undefined {
  if (batch.count < 0 || batch.count > LIMITS.batchRecords) return undefined;
  const unpacked = unpackRecords(batch.attributes & CODEC, batch.records);
  return unpacked !== undefined && areWhole(batch, unpacked) ? unpacked : undefined;
}

function areWhole(batch: RecordBatch, unpacked: Buffer): boolean {
  const cursor = new Cursor(unpacked);
  let delta = -1;
  try {
    for (let index = 0; index < batch.count; index += 1) {
      const before = delta;
      delta = skipRecord(cursor);
      if (delta <= before) return false;
    }
  } catch {
    return false;
  }
  return cursor.at === unpacked.length && delta <= batch.last - batch.first;
}

/** @returns how far its offset lies behind the batch's first */
function skipRecord(cursor: Cursor): number {
  const length = cursor.varint();
  const end = cursor.at + length;
  cursor.at += 1;
  cursor.varint();
  const delta = cursor.varint();
  cursor.skipField();
  cursor.skipField();
  const headers = cursor.varint();
  if (headers < 0 || headers > LIMITS.recordHeaders) throw new RangeError('too many headers');
  for (let index = 0; index < headers; index += 1) {
    if (cursor.skipField() < 0) throw new RangeError('a header without a name');
    cursor.skipField();
  }
  if (cursor.at !== end) throw new RangeError('another length');
  return delta;
}

/** Key and object of a message, roughly: memory is bounded by it, not billed. */
const MESSAGE_OVERHEAD_BYTES = 500;
/** The same of one header. */
const HEADER_OVERHEAD_BYTES = 100;

/** The records of a batch that {@link openRecords} has opened, from an offset on, made one at a time. */
export class RecordReader {
  readonly #batch: RecordBatch;
  readonly #cursor: Cursor;
  readonly #from: number;
  #left: number;
  #bytes = 0;

  constructor(batch: RecordBatch, unpacked: Buffer, from: number) {
    this.#batch = batch;
    this.#cursor = new Cursor(unpacked);
    this.#from = from;
    this.#left = batch.count;
  }

  /** What the message that {@link next} gave last takes of memory, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  next(): FetchedMessage | undefined {
    const { first, firstTimestamp, maxTimestamp, attributes } = this.#batch;
    const cursor = this.#cursor;
    while (this.#left-- > 0) {
      const length = cursor.varint();
      const end = cursor.at + length;
      cursor.at += 1;
      const sent = firstTimestamp + cursor.varint();
      const offset = first + cursor.varint();
      if (offset >= this.#from) {
        this.#bytes = MESSAGE_OVERHEAD_BYTES + length;
        const timestamp = attributes & IS_LOG_APPEND_TIME ? maxTimestamp : sent;
        const key = cursor.field();
        const value = cursor.field();
        return { offset, timestamp, key, value, headers: this.#readHeaders() };
      }
      cursor.at = end;
    }
    return undefined;
  }

  #readHeaders(): Record<string, Buffer | undefined> {
    const headers: Record<string, Buffer | undefined> = {};
    const count = this.#cursor.varint();
    for (let index = 0; index < count; index += 1) {
      const name = String(this.#cursor.field());
      // A header without a value is legal in Kafka; to us it is absent.
      const value = this.#cursor.field() ?? undefined;
      if (name !== '__proto__') headers[name] = value;
    }
    this.#bytes += count * HEADER_OVERHEAD_BYTES;
    return headers;
  }
}

import { crc32c } from '@platformatic/kafka';

/** A record batch as Kafka keeps it, its records still packed. */
export interface RecordBatch {
  /** Offset of the first record. */
  readonly first: number;
  /** Offset of the last record. */
  readonly last: number;
  readonly attributes: number;
  /** Milliseconds since 1970, from which the records count theirs. */
  readonly firstTimestamp: number;
  /** The append time, where the topic is set to it. */
  readonly maxTimestamp: number;
  readonly producerId: bigint;
  /** How many records it claims to have. */
  readonly count: number;
  /** The records as they were sent: packed by the codec that `attributes` name. */
  readonly records: Buffer;
}

/** The record batches of one partition's part of a fetch answer. */
export interface SplitBatches {
  readonly batches: RecordBatch[];
  /** Behind these lies one whose bytes are not what the broker took: they were damaged on the way, or on its disk. */
  readonly isCorrupt: boolean;
}

/** Bits of a batch's attributes (KIP-98). */
export const IS_TRANSACTIONAL = 0x10;
export const IS_CONTROL = 0x20;
export const IS_LOG_APPEND_TIME = 0x08;
export const CODEC = 0x07;

/** Where the fields of a record batch lie (KIP-98). */
const LENGTH_AT = 8;
const LENGTH_COUNTS_FROM = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const COUNT_AT = 57;
const RECORDS_AT = 61;
/** The only one that Kafka has written since 0.11, and that brokers since 4.0 take. */
const MAGIC = 2;

/** Cuts fetched bytes into record batches and checks the checksum of each. A last one that was cut off is left. */
export function splitRecordBatches(bytes: Buffer): SplitBatches {
  const batches: RecordBatch[] = [];
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + LENGTH_COUNTS_FROM + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    if (end < at + RECORDS_AT || !isIntact(bytes.subarray(at, end))) return { batches, isCorrupt: true };
    batches.push(readHead(bytes.subarray(at, end)));
    at = end;
  }
  return { batches, isCorrupt: false };
}

/** The checksum leaves out the first offset, which the broker writes; a last offset below it shows damage there. */
function isIntact(batch: Buffer): boolean {
  return (
    batch[MAGIC_AT] === MAGIC &&
    batch.readInt32BE(LAST_DELTA_AT) >= 0 &&
    batch.readUInt32BE(CRC_AT) === crc32c(batch.subarray(ATTRIBUTES_AT))
  );
}

function readHead(batch: Buffer): RecordBatch {
  const first = Number(batch.readBigInt64BE(0));
  return {
    first,
    last: first + batch.readInt32BE(LAST_DELTA_AT),
    attributes: batch.readInt16BE(ATTRIBUTES_AT),
    firstTimestamp: Number(batch.readBigInt64BE(FIRST_TIMESTAMP_AT)),
    maxTimestamp: Number(batch.readBigInt64BE(MAX_TIMESTAMP_AT)),
    producerId: batch.readBigInt64BE(PRODUCER_ID_AT),
    count: batch.readInt32BE(COUNT_AT),
    records: batch.subarray(RECORDS_AT),
  };
}

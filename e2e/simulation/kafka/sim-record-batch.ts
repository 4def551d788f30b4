import type { AbortedTransaction } from '../../../libs/kafka/src/packed-stretch.ts';
import {
  IS_CONTROL,
  IS_LOG_APPEND_TIME,
  IS_TRANSACTIONAL,
  type RecordBatch,
  type SplitBatches,
} from '../../../libs/kafka/src/record-batch.ts';
import type { SimRecord, Transaction } from './sim-log.ts';

const NO_PRODUCER = -1n;
/** A control record's key: version 0, then its type: 0 aborts, 1 commits. */
const ABORT_KEY = Buffer.from([0, 0, 0, 0]);
const COMMIT_KEY = Buffer.from([0, 0, 0, 1]);

const producers = new WeakMap<Transaction, bigint>();
let lastProducer = 0n;
/** What a log keeps is encoded once; by the first record, because retention may take away the beginning of a batch. */
const encoded = new WeakMap<SimRecord, RecordBatch>();

/** What a fetch of these records brings, as the real clients find it. */
export function toFetched(
  records: readonly SimRecord[],
): SplitBatches & { readonly aborted: AbortedTransaction[] } {
  const batches: RecordBatch[] = [];
  const aborted = new Map<Transaction, AbortedTransaction>();
  for (let at = 0; at < records.length;) {
    const first = records[at] as SimRecord;
    let end = at + 1;
    while (records[end]?.base === first.base) end += 1;
    batches.push(batchOf(records.slice(at, end)));
    const { transaction } = first;
    if (transaction?.state === 'aborted')
      aborted.set(transaction, {
        producerId: producerOf(transaction),
        firstOffset: BigInt(transaction.first),
      });
    at = end;
  }
  return { batches, isCorrupt: false, aborted: [...aborted.values()] };
}

function batchOf(records: readonly SimRecord[]): RecordBatch {
  const first = records[0] as SimRecord;
  const known = encoded.get(first);
  if (known !== undefined && known.count === records.length) return known;
  const { offset, timestamp, transaction, isControl } = first;
  const batch = {
    first: offset,
    last: offset + records.length - 1,
    attributes: IS_LOG_APPEND_TIME | (transaction ? IS_TRANSACTIONAL : 0) | (isControl ? IS_CONTROL : 0),
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    producerId: transaction === undefined ? NO_PRODUCER : producerOf(transaction),
    count: records.length,
    records: Buffer.concat(records.map((record, delta) => encodeRecord(record, delta))),
  };
  // Of an open transaction the control record is written later, and is a batch of its own.
  encoded.set(first, batch);
  return batch;
}

function producerOf(transaction: Transaction): bigint {
  const known = producers.get(transaction);
  if (known !== undefined) return known;
  lastProducer += 1n;
  producers.set(transaction, lastProducer);
  return lastProducer;
}

/** A record as KIP-98 lays it out. */
function encodeRecord(record: SimRecord, delta: number): Buffer {
  const headers = Object.entries(record.headers);
  const body = Buffer.concat([
    Buffer.from([0]), // attributes
    varint(0), // timestamp
    varint(delta),
    ...field(keyOf(record)),
    ...field(record.value),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [...field(Buffer.from(name)), ...field(bytesOf(value))]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function keyOf({ isControl, transaction, key }: SimRecord): Buffer | null {
  if (!isControl) return key;
  return transaction?.state === 'aborted' ? ABORT_KEY : COMMIT_KEY;
}

function bytesOf(value: Buffer | string | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value);
}

const field = (bytes: Buffer | null): Buffer[] =>
  bytes === null ? [varint(-1)] : [varint(bytes.length), bytes];

/** Seven bits a byte, the sign folded in. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? -value * 2 - 1 : value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}

import { AuditoriumError } from '@auditorium/events';
import type { FetchedBatch, FetchedMessage, Hole } from './fetched-batch.ts';
import { takeTurn } from './large-batches.ts';
import type { PackedStretch } from './packed-stretch.ts';
import { openRecords, RecordReader } from './read-records.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * Messages made at a time, in bytes of theirs: the little that a fetch brings may unpack to a thousand times as much, and
 * a message takes more than its bytes.
 */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Unpacked, a batch above this is held by one partition of the process at a time; honest ones of 1 MiB seldom are. */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * Unpacks a stretch, one record batch after the other and no more of it at a time than memory can hold.
 *
 * @param takeUnreadable hands a batch that cannot be read on as one message
 * @throws AuditoriumError `batch-unreadable` otherwise, once everything before it has been handed on
 */
export async function* unpackStretch(
  stretch: PackedStretch,
  takeUnreadable: boolean,
): AsyncGenerator<FetchedBatch, void, undefined> {
  const gathering = new Gathering(stretch);
  for (const part of stretch.parts) {
    if ('hole' in part) gathering.addHole(part.hole);
    else yield* unpackBatch(part.batch, gathering, takeUnreadable);
  }
  if (gathering.from < stretch.next) yield gathering.finish(stretch.next);
}

async function* unpackBatch(
  batch: RecordBatch,
  gathering: Gathering,
  takeUnreadable: boolean,
): AsyncGenerator<FetchedBatch, void, undefined> {
  const from = Math.max(batch.first, gathering.from);
  if (gathering.isFull) yield gathering.finish(from);
  const records = openUnlessLarge(batch);
  if (records === 'large') yield* unpackLarge(batch, gathering);
  else if (records !== undefined) yield* gathering.take(batch, records);
  else if (takeUnreadable) gathering.addUnreadable(batch);
  else {
    if (!gathering.isEmpty) yield gathering.finish(from);
    throw gathering.unreadable(batch);
  }
}

/** A large one is let go again: whoever waits for its turn must not hold it. */
function openUnlessLarge(batch: RecordBatch): Buffer | 'large' | undefined {
  const records = openRecords(batch);
  return records !== undefined && records.length > LARGE_BYTES ? 'large' : records;
}

/** Handed on by itself and unpacked once more, because it may have to wait until another partition is through with its own. */
async function* unpackLarge(
  batch: RecordBatch,
  gathering: Gathering,
): AsyncGenerator<FetchedBatch, void, undefined> {
  if (!gathering.isEmpty) yield gathering.finish(Math.max(batch.first, gathering.from));
  const turn = await takeTurn();
  try {
    const records = openRecords(batch);
    if (records !== undefined) yield* gathering.take(batch, records);
    if (!gathering.isEmpty) yield gathering.finish(batch.last + 1);
  } finally {
    turn.end();
  }
}

/** What has been made of a stretch so far and not been handed on. */
class Gathering {
  readonly #stretch: PackedStretch;
  #from: number;
  #messages: FetchedMessage[] = [];
  #holes: Hole[] = [];
  #bytes = 0;

  constructor(stretch: PackedStretch) {
    this.#stretch = stretch;
    this.#from = stretch.from;
  }

  /** Where what has not been handed on begins. */
  get from(): number {
    return this.#from;
  }

  get isEmpty(): boolean {
    return this.#messages.length + this.#holes.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes > BATCH_BYTES;
  }

  /** Makes the messages of an unpacked batch, and hands on what has become enough. */
  *take(batch: RecordBatch, records: Buffer): Generator<FetchedBatch, void, undefined> {
    const reader = new RecordReader(batch, records, this.#from);
    for (let message = reader.next(); message !== undefined; message = reader.next()) {
      if (this.isFull) yield this.finish(message.offset);
      this.#messages.push(message);
      this.#bytes += reader.bytes;
    }
  }

  addHole(hole: Hole): void {
    this.#holes.push(hole);
  }

  /** One message at the batch's last offset; the others are accounted for by it. */
  addUnreadable({ first, last, maxTimestamp, records }: RecordBatch): void {
    const from = Math.max(first, this.#from);
    if (from < last) this.#holes.push({ from, to: last - 1 });
    const message = { offset: last, timestamp: maxTimestamp, key: null, value: records, headers: {} };
    this.#messages.push({ ...message, isUnreadable: true });
    this.#bytes += records.length;
  }

  unreadable({ first, last, count }: RecordBatch): AuditoriumError {
    const { topic, partition } = this.#stretch;
    return new AuditoriumError(
      'batch-unreadable',
      `The record batch ${first} to ${last} of ${topic}/${partition}, of ${count} records, cannot be read within bounds`,
      { facts: { topic, partition, first, last, count } },
    );
  }

  /** All of it, as a batch that ends before `next`. */
  finish(next: number): FetchedBatch {
    const { topic, partition, logEnd } = this.#stretch;
    const batch = {
      topic,
      partition,
      from: this.#from,
      next,
      logEnd,
      messages: this.#messages,
      holes: this.#holes,
    };
    this.#from = next;
    this.#messages = [];
    this.#holes = [];
    this.#bytes = 0;
    return batch;
  }
}

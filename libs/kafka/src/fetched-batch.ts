/** One message as Kafka holds it; buffers are views into the fetched bytes, so keep a copy and not the view. */
export interface FetchedMessage {
  readonly offset: number;
  /** Milliseconds since 1970; the broker's append time where the topic is set to LogAppendTime. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Of a name that occurs several times, the last value. */
  readonly headers: Readonly<Record<string, Buffer | string | undefined>>;
}

/** Offsets that Kafka itself left empty of messages (control or aborted records); both ends inclusive. */
export interface Hole {
  readonly from: number;
  readonly to: number;
}

/**
 * A stretch of one partition. Every offset in `[from, next)` is a message or lies in a hole; an offset in neither was
 * read twice and is lost, which is for the receiver to judge.
 */
export interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  /** The position that was asked for. */
  readonly from: number;
  /** The position after this batch. */
  readonly next: number;
  /** The partition's high watermark when this was fetched: how far behind the reader is. */
  readonly logEnd: number;
  readonly messages: readonly FetchedMessage[];
  readonly holes: readonly Hole[];
}

/** The offsets of `[batch.from, batch.next)` that are neither a message nor in a hole, as inclusive ranges. */
export function missingOffsets(batch: FetchedBatch): Hole[] {
  const present = [...batch.messages.map(({ offset }) => ({ from: offset, to: offset })), ...batch.holes];
  present.sort((a, b) => a.from - b.from);
  const missing: Hole[] = [];
  let expected = batch.from;
  for (const { from, to } of present) {
    if (from > expected) missing.push({ from: expected, to: from - 1 });
    expected = Math.max(expected, to + 1);
  }
  if (expected < batch.next) missing.push({ from: expected, to: batch.next - 1 });
  return missing;
}

/** Two batches that follow each other, as one. */
export function joinBatches(first: FetchedBatch, second: FetchedBatch): FetchedBatch {
  return {
    ...first,
    next: second.next,
    logEnd: second.logEnd,
    messages: [...first.messages, ...second.messages],
    holes: [...first.holes, ...second.holes],
  };
}

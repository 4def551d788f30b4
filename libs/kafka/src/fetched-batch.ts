/** One message as Kafka holds it; buffers are views into the fetched bytes, so keep a copy and not the view. */
export interface FetchedMessage {
  readonly offset: number;
  /** Milliseconds since 1970; the broker's append time where the topic is set to LogAppendTime. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Of a name that occurs several times, the last value. */
  readonly headers: Readonly<Record<string, Buffer | string | undefined>>;
  /**
   * This stands for a whole record batch that cannot be read within bounds: it lies at the batch's last offset, the others
   * are given as a hole before it, and `value` is what the batch holds as it was sent, packed. Only handed to readers that
   * asked for it (`takeUnreadable`).
   */
  readonly isUnreadable?: true;
}

/**
 * Offsets without a message: Kafka itself left them empty (control or aborted records), or the unreadable message behind
 * them accounts for them. Both ends inclusive.
 */
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

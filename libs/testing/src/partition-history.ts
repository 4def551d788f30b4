/** What one partition was given and what was seen of it, to be compared when all is quiet. Numbers stand for messages. */
export class PartitionHistory {
  /** The number of the next message; all before it were handed to the producer, in this order. */
  next = 0;
  readonly acknowledged: Acknowledged[] = [];
  /** Numbers of sends that failed: they may be in the log or not, and were sent again. */
  readonly doubtful = new Set<number>();
  /** What a consumer of a group took, in the order in which it did. */
  readonly consumed: Seen[] = [];
  /** What a reader without a group read meanwhile. */
  readonly read: Seen[] = [];

  /** How many messages were acknowledged. */
  get count(): number {
    return this.acknowledged.reduce((sum, { count }) => sum + count, 0);
  }
}

/** A send that was acknowledged: `count` messages from `number` on, of which the first is said to lie at `baseOffset`. */
export interface Acknowledged {
  readonly number: number;
  readonly count: number;
  readonly baseOffset: number;
}

/** A message where it was seen. */
export interface Seen {
  readonly offset: number;
  readonly number: number;
}

/** How often each promise was broken; `repeats` alone is no breach. */
export interface Breaches {
  /** Acknowledged and not in the log. */
  readonly missing: number;
  /** Acknowledged, and at the offset that was told lies something else. */
  readonly untrue: number;
  /** In the log before one that was sent earlier, first occurrences compared. */
  readonly disordered: number;
  /** Several times in the log, though no send of it failed. */
  readonly doubled: number;
  /** In the log, and never sent. */
  readonly phantoms: number;
  /** Offsets that the consumer did not take once, in order, and with what the log holds. */
  readonly consumer: number;
  /** The same of the reader. */
  readonly reader: number;
  /** Several times in the log, because a send was not answered and was repeated. */
  readonly repeats: number;
}

/** Compares a partition's history with what its log holds in the end. */
export function judge(history: PartitionHistory, log: readonly Seen[]): Breaches {
  const at = new Map(log.map(({ offset, number }) => [offset, number]));
  const times = new Map<number, number>();
  let highest = -1;
  const breaches = { missing: 0, untrue: 0, disordered: 0, doubled: 0, phantoms: 0, repeats: 0 };
  for (const { number } of log) {
    const before = times.get(number) ?? 0;
    times.set(number, before + 1);
    if (!(number >= 0 && number < history.next)) breaches.phantoms += 1;
    else if (before > 0) breaches[history.doubtful.has(number) ? 'repeats' : 'doubled'] += 1;
    else if (number < highest) breaches.disordered += 1;
    highest = Math.max(highest, number);
  }
  for (const { number, count, baseOffset } of history.acknowledged) {
    for (let index = 0; index < count; index += 1) {
      if (!times.has(number + index)) breaches.missing += 1;
      else if (at.get(baseOffset + index) !== number + index) breaches.untrue += 1;
    }
  }
  return {
    ...breaches,
    consumer: differences(history.consumed, log),
    reader: differences(history.read, log),
  };
}

/** How many places of two sequences differ. */
function differences(seen: readonly Seen[], log: readonly Seen[]): number {
  let count = Math.abs(seen.length - log.length);
  for (let index = 0; index < Math.min(seen.length, log.length); index += 1) {
    const [one, other] = [seen[index], log[index]];
    if (one?.offset !== other?.offset || one?.number !== other?.number) count += 1;
  }
  return count;
}

import type { FetchedMessage, OffsetRange } from '@auditorium/kafka';

/** A transaction of some producer: readers see its records once it has been committed. */
export interface Transaction {
  state: 'open' | 'committed' | 'aborted';
  /** Offset of its first record. */
  first: number;
}

/** A record as it lies in the log. */
export interface SimRecord extends FetchedMessage {
  /** Offset of the first record of its batch: a fetch gives whole batches. */
  readonly base: number;
  readonly isControl: boolean;
  readonly transaction: Transaction | undefined;
}

export interface NewRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One partition's log, as the leader holds it. */
export class SimLog {
  #start = 0;
  #records: SimRecord[] = [];
  readonly #open = new Set<Transaction>();
  #waiting: (() => void)[] = [];
  /** Rises when the topic was deleted and made anew. */
  generation = 0;
  /** Told of each batch that was appended. */
  onAppend: ((records: readonly SimRecord[]) => void) | undefined;

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#records.length;
  }

  /** Up to where readers of committed records get: the first record of an open transaction. */
  get stable(): number {
    return Math.min(this.end, ...[...this.#open].map(({ first }) => first));
  }

  range(kind: 'high' | 'stable'): OffsetRange {
    return { start: this.#start, end: kind === 'high' ? this.end : this.stable };
  }

  /** What is kept, in order. */
  get records(): readonly SimRecord[] {
    return this.#records;
  }

  /** Appends one batch. @returns the offset of its first record */
  append(messages: readonly NewRecord[], timestamp: number, transaction?: Transaction): number {
    const base = this.end;
    if (transaction !== undefined && !this.#open.has(transaction)) {
      transaction.first = base;
      this.#open.add(transaction);
    }
    messages.forEach(({ key, value, headers = {} }, index) => {
      const kept = Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
      );
      const bytes = typeof key === 'string' ? Buffer.from(key) : key;
      const offset = base + index;
      this.#records.push({
        offset,
        timestamp,
        key: bytes,
        value,
        headers: kept,
        base,
        isControl: false,
        transaction,
      });
    });
    this.onAppend?.(this.#records.slice(base - this.#start));
    this.#wake();
    return base;
  }

  /** Ends a transaction: its control record takes an offset too. */
  finish(transaction: Transaction, how: 'committed' | 'aborted', timestamp: number): void {
    const offset = this.end;
    transaction.state = how;
    this.#open.delete(transaction);
    const nothing = { key: null, value: null, headers: {} };
    this.#records.push({ offset, timestamp, ...nothing, base: offset, isControl: true, transaction });
    this.#wake();
  }

  /** What is older has been kept for its time. */
  expireTo(offset: number): void {
    const to = Math.min(Math.max(offset, this.#start), this.end);
    this.#records = this.#records.slice(to - this.#start);
    this.#start = to;
  }

  /** The records behind are lost: an unclean election, a disk. */
  cutBackTo(offset: number): void {
    const to = Math.max(offset, this.#start);
    this.#records = this.#records.slice(0, to - this.#start);
    for (const transaction of this.#open) if (transaction.first >= to) this.#open.delete(transaction);
    this.#wake();
  }

  /** Deleted and created again. */
  makeAnew(): void {
    this.#records = [];
    this.#start = 0;
    this.#open.clear();
    this.generation += 1;
    this.#wake();
  }

  /** Whole batches from the one that holds `from`, at least so many records if there are; undefined when it is outside. */
  fetch(from: number, atLeast: number): readonly SimRecord[] | undefined {
    if (from < this.#start || from > this.end) return undefined;
    const first = this.#records[from - this.#start];
    if (first === undefined) return [];
    const begin = Math.max(first.base, this.#start);
    let next = begin;
    while (next < this.stable && (next < from + atLeast || this.#records[next - this.#start]?.base !== next))
      next += 1;
    return this.#records.slice(begin - this.#start, next - this.#start);
  }

  /** Resolves when something is appended, or ends. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** Whether readers never see it. */
export function isHole({ isControl, transaction }: SimRecord): boolean {
  return isControl || transaction?.state === 'aborted';
}

import { hash } from 'node:crypto';
import type { Verdict } from '@auditorium/events';
import { RepeatMemory } from './repeat-memory.ts';

/** What a verdict leaves behind for later ones. The same whether it was just given or read back from enriched. */
export interface Given {
  readonly verdict: Verdict;
  readonly rawOffset: number;
  /** Identity of the event, see {@link identityOf}; absent when rejected. */
  readonly identity?: string | undefined;
  /** sha256 of the raw value, at least its first 16 bytes in hex. */
  readonly digest: string;
  readonly outbox?: string | undefined;
  readonly sequence?: number | undefined;
}

/**
 * Everything a verdict on the next raw record depends on: a pure function of the partition's raw prefix up to `last`.
 * Accepted events and repeats advance a mark and are remembered; rejected ones leave nothing behind.
 */
export class PartitionState {
  /** The last raw offset with a verdict; −1 before the first. */
  last: number;
  /** Digest in that verdict; absent before the first. */
  lastDigest: string | undefined;
  readonly memory: RepeatMemory;
  /** The highest sequence seen of each outbox. */
  readonly marks: Map<string, number>;
  readonly #changed = new Set<string>();

  constructor(
    last = -1,
    memory = new RepeatMemory(),
    marks: Iterable<readonly [string, number]> = [],
    lastDigest?: string,
  ) {
    this.last = last;
    this.lastDigest = lastDigest;
    this.memory = memory;
    this.marks = new Map(marks);
  }

  /** Goes on behind a verdict. */
  advance(given: Given): void {
    this.last = given.rawOffset;
    this.lastDigest = given.digest;
    if (given.verdict === 'rejected' || given.identity === undefined) return;
    this.memory.remember(given.identity, given.digest, given.rawOffset);
    if (given.outbox !== undefined && given.sequence !== undefined) this.#raise(given.outbox, given.sequence);
  }

  /** Marks raised since the last call of {@link marksSaved}. */
  changedMarks(): [string, number][] {
    return [...this.#changed].map((outbox) => [outbox, this.marks.get(outbox) ?? 0]);
  }

  /** Tells that these have been saved; one raised meanwhile stays changed. */
  marksSaved(saved: readonly (readonly [string, number])[]): void {
    for (const [outbox, sequence] of saved) {
      if (this.marks.get(outbox) === sequence) this.#changed.delete(outbox);
    }
  }

  #raise(outbox: string, sequence: number): void {
    if (sequence <= (this.marks.get(outbox) ?? -1)) return;
    this.marks.set(outbox, sequence);
    this.#changed.add(outbox);
  }
}

/** The identity (org, source, id) as 16 bytes of a digest in hex. None of the three can hold NUL. */
export function identityOf(org: string, source: string, id: string): string {
  return hash('sha256', `${org}\0${source}\0${id}`, 'hex').slice(0, 32);
}

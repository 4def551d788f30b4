import { LIMITS } from '@auditorium/events';

/** A place in both logs: everything in enriched before `enrichedNext` accounts for raw up to `rawLast`. */
export interface Position {
  readonly enrichedNext: number;
  readonly rawLast: number;
  /** Digest of the record at `rawLast`, at least 16 bytes in hex; absent before the first. */
  readonly rawDigest?: string | undefined;
}

/** How many positions are kept for a memory: the replay is that much longer than it need be, a tenth at most. */
const KEPT = 10;

/**
 * Positions passed, from which one to save is chosen: the newest that lies a whole memory behind, so that the replay from
 * there rebuilds the same memory as if it had begun at raw offset 0.
 */
export class Positions {
  readonly #span: number;
  readonly #spacing: number;
  #passed: Position[] = [];

  constructor(span: number = LIMITS.repeatMemory, spacing: number = span / KEPT) {
    this.#span = span;
    this.#spacing = spacing;
  }

  /** Notes that a position has been reached: everything before it is acknowledged. */
  pass(position: Position): void {
    const newest = this.#passed.at(-1);
    if (newest === undefined || position.rawLast >= newest.rawLast + this.#spacing)
      this.#passed.push(position);
  }

  /** The newest position from which a replay rebuilds the memory at `last`; those before it are forgotten. */
  safe(last: number): Position | undefined {
    const next = this.#passed.findIndex((position) => position.rawLast > last - this.#span);
    const at = (next < 0 ? this.#passed.length : next) - 1;
    if (at < 0) return undefined;
    this.#passed = this.#passed.slice(at);
    return this.#passed[0];
  }
}

import { decodeEnrichedHeaders, LIMITS, RAW_HEADERS, type ReceivedHeaders } from '@auditorium/events';
import { PartitionState } from './partition-state.ts';
import type { SavedPosition } from './plan-resume.ts';
import { RepeatMemory } from './repeat-memory.ts';
import { replayVerdict, type EnrichedMessage } from './replay-verdict.ts';

/**
 * The state of a partition as enriched itself tells it, for a partition whose saved position is of no use: it lies behind a
 * verdict that enriched lacks, or before what enriched still holds.
 *
 * Every raw offset below `from` is known to have had its verdict, because whoever reads enriched has taken them all; so up to
 * there messages are followed although others before them have expired. From `from` on the consumer rule holds strictly, and
 * what enriched lacks there is judged again.
 */
export class RebuiltState {
  readonly #saved: SavedPosition;
  readonly #from: number;
  readonly #span: number;
  /** The lowest number of each outbox among what comes at or behind `from`. */
  readonly #later = new Map<string, number>();
  #state: PartitionState | undefined;
  #rememberedFrom: number;

  constructor(saved: SavedPosition, from: number, span: number = LIMITS.repeatMemory) {
    this.#saved = saved;
    this.#from = from;
    this.#span = span;
    this.#rememberedFrom = from;
  }

  /** A message of enriched, in the order of the log. */
  replay(message: EnrichedMessage): void {
    const given = decodeEnrichedHeaders(message.headers);
    if (given === undefined) return;
    const state = (this.#state ??= this.#begin(given.rawFrom, given.rawOffset));
    // What has expired before it and lies below `from`, everybody has taken.
    if (given.rawOffset > state.last) this.#skipTo(state, Math.min(given.rawFrom, this.#from) - 1);
    const outcome = replayVerdict(state, message);
    if (outcome === 'gap') this.#note(given.outbox, given.sequence);
  }

  /** A record of raw at or behind the last verdict: it will be judged again, so no mark may stand at it yet. */
  meet(headers: ReceivedHeaders): void {
    const sequence = Number(headers[RAW_HEADERS.sequence]?.toString());
    if (Number.isSafeInteger(sequence)) this.#note(headers[RAW_HEADERS.outbox]?.toString(), sequence);
  }

  /** Where verdicts end: the last raw offset that has one without a gap before it. */
  get last(): number {
    return Math.max(this.#state?.last ?? -1, this.#from - 1);
  }

  /**
   * The position to go on from. Marks are those that enriched shows; of an outbox that it no longer shows, the saved one,
   * but never one that what is judged again has raised itself.
   */
  position(enrichedNext: number): SavedPosition {
    const state = (this.#state ??= this.#begin(this.#from, this.#from));
    const isKnown = state.last === this.last;
    return {
      enrichedNext,
      enrichedEnd: enrichedNext,
      rawLast: this.last,
      rawDigest: isKnown ? state.lastDigest : undefined,
      memory: state.memory.export(this.last),
      marks: this.#marks(state),
    };
  }

  /** From which raw offset on everything is remembered; what was sent first before it would not be recognised. */
  get rememberedFrom(): number {
    return Math.max(this.#rememberedFrom, this.last + 1 - this.#span, 0);
  }

  #begin(rawFrom: number, rawOffset: number): PartitionState {
    const { memory, rawLast } = this.#saved;
    const before = Math.min(rawOffset, this.#from);
    const span = this.#span;
    const known = memory && RepeatMemory.import(memory, rawLast, span, before);
    const reaches = memory !== undefined && rawLast >= before - 1;
    this.#rememberedFrom = reaches ? Math.min(before, rawLast + 1 - span) : Math.min(rawFrom, before);
    return new PartitionState(-1, known ?? new RepeatMemory(span));
  }

  #skipTo(state: PartitionState, last: number): void {
    if (last <= state.last) return;
    state.last = last;
    state.lastDigest = undefined;
  }

  #marks(state: PartitionState): [string, number][] {
    const marks = new Map(state.marks);
    for (const [outbox, saved] of this.#saved.marks) {
      if (marks.has(outbox)) continue;
      const lowest = this.#later.get(outbox) ?? Infinity;
      marks.set(outbox, Math.min(saved, lowest - 1));
    }
    return [...marks];
  }

  #note(outbox: string | undefined, sequence: number | undefined): void {
    if (outbox === undefined || sequence === undefined) return;
    this.#later.set(outbox, Math.min(sequence, this.#later.get(outbox) ?? Infinity));
  }
}

import { ChunkPool } from './chunk-pool.ts';
import { finishing, type FinishInput, type FinishedSegment } from './finish-segment.ts';
import { LineArena, type LineList, NONE } from './line-arena.ts';
import { refused } from './corrupt.ts';
import { encodeRejected, type RejectedRecord } from './rejected-line.ts';
import { SEGMENT_LIMITS } from './segment-format.ts';

/**
 * Gathers the lines of one segment. Lines are copied on the way in; order within an org is the order of `append`,
 * and raw offsets must rise, as they do for a consumer that follows the rule.
 */
export class SegmentBuilder {
  readonly #arena: LineArena;
  readonly #orgs = new Map<string, LineList>();
  readonly #rejected = emptyList();
  #lastRaw = -1;
  #bytes = 0;

  /** @param pool where chunks come from and, by `release`, go back to; several builders may share one */
  constructor(pool = new ChunkPool(0)) {
    this.#arena = new LineArena(pool);
  }

  /**
   * One accepted event, as the bytes that enrichment made; `line` has no newline and may be reused afterwards.
   * @throws AuditoriumError `segment-refused` for an empty line, a newline, more than `SEGMENT_LIMITS.lineBytes`,
   * or a raw offset that does not rise
   */
  append(org: string, line: Buffer, rawOffset: number): void {
    this.#check(line, rawOffset);
    let list = this.#orgs.get(org);
    if (!list) this.#orgs.set(org, (list = emptyList()));
    this.#add(list, line, rawOffset);
  }

  /** One rejected record; kept in a run of its own, never in an org's. */
  appendRejected(rawOffset: number, record: RejectedRecord): void {
    const line = encodeRejected(rawOffset, record);
    this.#check(line, rawOffset);
    this.#add(this.#rejected, line, rawOffset);
  }

  /** Unpacked bytes of all lines: compare with the size cap. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory held for them. */
  get allocated(): number {
    return this.#arena.allocated;
  }

  /** Number of orgs that have a run. */
  get runs(): number {
    return this.#orgs.size;
  }

  /** Lines gathered, accepted and rejected. */
  get lines(): number {
    let accepted = 0;
    for (const list of this.#orgs.values()) accepted += list.count;
    return accepted + this.#rejected.count;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** The orgs that have a run, in the order in which the segment will hold them. */
  orgs(): string[] {
    return [...this.#orgs.keys()].sort(byBytes);
  }

  /** Packs and closes the segment in one go. See {@link finishing} for the input. */
  finish(input: FinishInput): FinishedSegment {
    const steps = this.finishing(input);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /** The same a run at a time, so that the caller can let others work in between (100,000 runs take seconds). */
  finishing(input: FinishInput): Generator<void, FinishedSegment> {
    const runs = this.orgs().map((org) => ({ org, list: this.#orgs.get(org) as LineList }));
    return finishing(this.#arena, runs, this.#rejected.count > 0 ? this.#rejected : null, input);
  }

  /** The segment has been written, or given up: its memory may be used again. Nothing may be asked of it afterwards. */
  release(): void {
    this.#arena.release();
  }

  #check(line: Buffer, rawOffset: number): void {
    checkLine(line);
    if (!(rawOffset > this.#lastRaw)) throw refused(`raw offset ${rawOffset} after ${this.#lastRaw}`);
  }

  #add(list: LineList, line: Buffer, rawOffset: number): void {
    this.#lastRaw = rawOffset;
    const number = this.#arena.add(line, rawOffset);
    if (list.tail === NONE) list.head = number;
    else this.#arena.link(list.tail, number);
    list.tail = number;
    list.count += 1;
    list.bytes += line.length + 1;
    this.#bytes += line.length + 1;
  }
}

function emptyList(): LineList {
  return { head: NONE, tail: NONE, count: 0, bytes: 0 };
}

/** A newline inside a line would make two of it for every reader, so it is stopped here at the price of one memchr. */
function checkLine(line: Buffer): void {
  if (line.length === 0) throw refused('an empty line');
  if (line.length > SEGMENT_LIMITS.lineBytes) throw refused(`a line of ${line.length} bytes`);
  if (line.includes(0x0a)) throw refused('a line with a newline in it');
}

/** Org ids are ASCII, so the order of UTF-16 units is the order of bytes. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

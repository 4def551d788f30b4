import { isAuditoriumError, AuditoriumError } from '@auditorium/events';
import { readFrames, sliceLines } from '@auditorium/ledger';
import type { Range } from '../domain/window.ts';
import type { CachedRun, SegmentCache } from './segment-cache.ts';

interface FoundRun {
  readonly segment: string;
  readonly run: CachedRun;
}

/** Whole lines with their newlines, and the sequence of the first. */
interface Piece {
  readonly first: number;
  readonly lines: Buffer;
  readonly count: number;
}

/** Unpacked bytes of a run that are kept for the next object, which often begins where the last one ended. */
const KEPT_BYTES = 16 * 1_048_576;

/** An org's lines in order, from its chain of runs. One for each round: it remembers where it has been. */
export class OrgHistory {
  readonly #cache: SegmentCache;
  readonly #org: string;
  readonly #newest: () => Promise<string | null>;
  /** Oldest first; the chain leads from the newest back. */
  #runs: FoundRun[] = [];
  #kept: { run: CachedRun; pieces: Piece[] } | undefined;

  constructor(cache: SegmentCache, org: string, newest: () => Promise<string | null>) {
    this.#cache = cache;
    this.#org = org;
    this.#newest = newest;
  }

  /**
   * Lines of a range, a piece at a time: each a buffer of whole lines with their newlines, and the sequence of its first.
   * @throws AuditoriumError `s3-…`, `segment-…`; `plan-mismatch` when the ledger does not have the range
   */
  async *pieces({ first, last }: Range): AsyncGenerator<Piece> {
    await this.#walkBackTo(first);
    this.#runs = this.#runs.slice(this.#runs.findIndex(({ run }) => run.last >= first));
    let next = first;
    for (const found of this.#runs) {
      if (found.run.last < next) continue;
      for (const piece of await this.#framesOf(found)) {
        if (next > last) return;
        if (piece.first + piece.count <= next) continue;
        const from = next - piece.first;
        const to = Math.min(piece.count, last + 1 - piece.first);
        yield { first: next, lines: sliceLines(piece.lines, from, to), count: to - from };
        next = piece.first + to;
      }
    }
    if (next <= last) throw missing(this.#org, next, last);
  }

  /** Lets go of lines; where the runs are stays known. */
  rest(): void {
    this.#kept = undefined;
  }

  /** The runs from the newest back to the one that holds `first`. */
  async #walkBackTo(first: number): Promise<void> {
    if (this.#runs[0] !== undefined && this.#runs[0].run.first <= first) return;
    let segment = this.#runs[0] === undefined ? await this.#newest() : this.#runs[0].run.previous;
    const found: FoundRun[] = [];
    while (segment !== null) {
      const run = await this.#cache.run(segment, this.#org);
      if (run === undefined) throw missing(this.#org, first, first);
      found.push({ segment, run });
      if (run.first <= first) break;
      segment = run.previous;
    }
    this.#runs = [...found.toReversed(), ...this.#runs];
  }

  async #framesOf(found: FoundRun): Promise<Piece[]> {
    if (this.#kept?.run === found.run) return this.#kept.pieces;
    const pieces = await this.#readTwice(found);
    this.#kept = found.run.bytes <= KEPT_BYTES ? { run: found.run, pieces } : undefined;
    return pieces;
  }

  async #readTwice(found: FoundRun): Promise<Piece[]> {
    try {
      return await this.#read(found);
    } catch (error) {
      // The copy on the local disk may be damaged; the object itself gets one more chance.
      if (!isAuditoriumError(error, 'segment-corrupt')) throw error;
      await this.#cache.forget(found.segment);
      return this.#read(found);
    }
  }

  async #read({ segment, run }: FoundRun): Promise<Piece[]> {
    const pieces = [];
    let first = run.first;
    for (const lines of readFrames(await this.#cache.bytes(segment, run), run)) {
      const count = countLines(lines);
      pieces.push({ first, lines, count });
      first += count;
    }
    return pieces;
  }
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

function missing(org: string, first: number, last: number): AuditoriumError {
  return new AuditoriumError(
    'plan-mismatch',
    `the ledger does not have events ${first} to ${last} of ${org}`,
  );
}

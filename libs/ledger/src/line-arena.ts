import { CHUNK_BYTES, type ChunkPool } from './chunk-pool.ts';

/** "No line": the end of an org's list. */
export const NONE = 0xffff_ffff;

/** The lines of one org, or of the rejected: first and last line number, how many, and their bytes with newlines. */
export interface LineList {
  head: number;
  tail: number;
  count: number;
  bytes: number;
}

/**
 * Lines of many orgs, copied one after another into large chunks, with a linked list through each org's lines.
 *
 *     chunks   [ a1\n b1\n a2\n c1\n … ][ … ]          line 0 → a1, 1 → b1, 2 → a2 …
 *     next     0 → 2, 1 → NONE, 2 → NONE …             an org keeps its first and last line number
 *
 * Copying is what keeps memory small: a slice of a fetched batch pins the whole batch (10 KB for each kept event),
 * and a buffer for each org would cost 400 MB at 100,000 orgs before the first byte. A line costs its bytes and 28.
 */
export class LineArena {
  readonly #pool: ChunkPool;
  #chunks: Buffer[] = [];
  #used = CHUNK_BYTES;
  #count = 0;
  #chunkOf = new Uint32Array(1024);
  #offset = new Uint32Array(1024);
  #length = new Uint32Array(1024);
  #next = new Uint32Array(1024);
  #raw = new Float64Array(1024);

  /** Memory held for lines, bytes; what a budget should count. */
  allocated = 0;
  /** Length of the longest line, with its newline. */
  longest = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** Copies `line` and a newline; answers its number. The caller keeps nothing of ours and we nothing of theirs. */
  add(line: Buffer, rawOffset: number): number {
    const chunk = this.#room(line.length + 1);
    const at = this.#used;
    line.copy(chunk, at);
    chunk[at + line.length] = 0x0a;
    this.#used = at + line.length + 1;
    const number = this.#count;
    if (number === this.#next.length) this.#grow();
    this.#chunkOf[number] = this.#chunks.length - 1;
    this.#offset[number] = at;
    this.#length[number] = line.length + 1;
    this.#next[number] = NONE;
    this.#raw[number] = rawOffset;
    this.#count += 1;
    this.longest = Math.max(this.longest, line.length + 1);
    return number;
  }

  link(line: number, next: number): void {
    this.#next[line] = next;
  }

  next(line: number): number {
    return this.#next[line] as number;
  }

  rawOffset(line: number): number {
    return this.#raw[line] as number;
  }

  /** Length with the newline. */
  length(line: number): number {
    return this.#length[line] as number;
  }

  /** Copies the line and its newline to `target` at `at`. */
  copy(line: number, target: Buffer, at: number): void {
    const from = this.#offset[line] as number;
    const chunk = this.#chunks[this.#chunkOf[line] as number] as Buffer;
    chunk.copy(target, at, from, from + (this.#length[line] as number));
  }

  /** Gives the chunks back; the lines are gone. */
  release(): void {
    for (const chunk of this.#chunks) this.#pool.giveBack(chunk);
    this.#chunks = [];
    this.#used = CHUNK_BYTES;
  }

  #room(bytes: number): Buffer {
    const last = this.#chunks.at(-1);
    if (last && this.#used + bytes <= last.length) return last;
    const chunk = bytes > CHUNK_BYTES ? Buffer.allocUnsafeSlow(bytes) : this.#pool.take();
    this.#chunks.push(chunk);
    this.#used = 0;
    this.allocated += chunk.length;
    return chunk;
  }

  #grow(): void {
    const size = this.#next.length * 2;
    this.#chunkOf = grown(this.#chunkOf, new Uint32Array(size));
    this.#offset = grown(this.#offset, new Uint32Array(size));
    this.#length = grown(this.#length, new Uint32Array(size));
    this.#next = grown(this.#next, new Uint32Array(size));
    this.#raw = grown(this.#raw, new Float64Array(size));
  }
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

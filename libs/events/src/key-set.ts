import { LIMITS } from './limits.ts';

const SLOTS = 2048;

/**
 * The member names met so far in one event, to find a name that stands twice in the same object. Kept between events so
 * that none of it is allocated anew; `clear` takes constant time.
 */
export class KeySet {
  readonly #generation = new Uint32Array(SLOTS);
  readonly #entry = new Uint16Array(SLOTS);
  readonly #object = new Int32Array(LIMITS.keys + 1);
  readonly #start = new Int32Array(LIMITS.keys + 1);
  readonly #end = new Int32Array(LIMITS.keys + 1);
  #current = 0;
  #size = 0;

  /** How many names have been added since `clear`. */
  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
    this.#current += 1;
    if (this.#current > 0xffff_fff0) {
      this.#generation.fill(0);
      this.#current = 1;
    }
  }

  /**
   * Adds the name `line[start, end)` of the object numbered `object`.
   *
   * @returns false when that object already has it. The caller adds no more than `LIMITS.keys`.
   */
  add(line: DataView, object: number, start: number, end: number): boolean {
    let slot = slotOf(line, object, start, end);
    while (this.#generation[slot] === this.#current) {
      if (this.#same(this.#entry[slot] as number, line, object, start, end)) return false;
      slot = (slot + 1) & (SLOTS - 1);
    }
    const entry = this.#size++;
    this.#generation[slot] = this.#current;
    this.#entry[slot] = entry;
    this.#object[entry] = object;
    this.#start[entry] = start;
    this.#end[entry] = end;
    return true;
  }

  #same(entry: number, line: DataView, object: number, start: number, end: number): boolean {
    if (this.#object[entry] !== object) return false;
    const other = this.#start[entry] as number;
    if ((this.#end[entry] as number) - other !== end - start) return false;
    for (let i = 0; i < end - start; i += 1) {
      if (line.getUint8(other + i) !== line.getUint8(start + i)) return false;
    }
    return true;
  }
}

/** Mixes all bytes of the name, four at a time, so that long names which differ in the middle do not meet in one slot. */
function slotOf(line: DataView, object: number, start: number, end: number): number {
  let hash = Math.imul(object, 0x9e3779b1) ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, line.getInt32(at, true));
  for (; at < end; at += 1) hash = mix(hash, line.getUint8(at));
  return (hash ^ (hash >>> 11) ^ (hash >>> 22)) & (SLOTS - 1);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x5bd1e995);
  return mixed ^ (mixed >>> 15);
}

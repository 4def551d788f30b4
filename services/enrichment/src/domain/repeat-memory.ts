import { LIMITS } from '@auditorium/events';

const FIRST_CAPACITY = 1024;
/** Identity and digest of an entry: four words each. */
const WORDS = 4;
const BYTES = WORDS * 4;
/** An exported entry: identity, digest, distance to the last offset. */
const EXPORTED_BYTES = 2 * BYTES + 4;

/** What the memory knows of an event: nothing, the same content, or other content under the same identity. */
export type Known = 'new' | 'same' | 'other';

/**
 * The identities and digests of a partition's accepted and repeated events of the last `span` raw offsets. Of an identity
 * that occurs several times the last occurrence counts, so that the content depends on nothing before the span.
 *
 * A ring in typed arrays with an open hash index over it: about 10 MB when full, nothing allocated for an event.
 */
export class RepeatMemory {
  readonly #span: number;
  #capacity = FIRST_CAPACITY;
  #identities = Buffer.alloc(FIRST_CAPACITY * BYTES);
  #identityWords = wordsOf(this.#identities);
  #digests = Buffer.alloc(FIRST_CAPACITY * BYTES);
  #digestWords = wordsOf(this.#digests);
  #offsets = new Float64Array(FIRST_CAPACITY);
  /** Entry + 1 at the slot of its identity, 0 where there is none. */
  #index = new Int32Array(FIRST_CAPACITY * 2);
  #first = 0;
  #size = 0;

  constructor(span: number = LIMITS.repeatMemory) {
    this.#span = span;
  }

  /** How many entries are kept. */
  get size(): number {
    return this.#size;
  }

  /**
   * What is known of an identity by a record at raw offset `offset`.
   *
   * @param identity 16 bytes in hex
   * @param digest 16 bytes in hex, more is ignored
   */
  look(identity: string, digest: string, offset: number): Known {
    this.#forgetBefore(offset - this.#span);
    const spare = this.#write(identity, digest);
    const slot = this.#slotOf(spare);
    const entry = (this.#index[slot] as number) - 1;
    if (entry < 0) return 'new';
    return same(this.#digestWords, entry, spare) ? 'same' : 'other';
  }

  /** Remembers an accepted or repeated event. Offsets only rise. */
  remember(identity: string, digest: string, offset: number): void {
    this.#forgetBefore(offset - this.#span);
    const entry = this.#write(identity, digest);
    this.#offsets[entry] = offset;
    this.#index[this.#slotOf(entry)] = entry + 1;
    this.#size += 1;
  }

  /** Everything known at raw offset `last`, to be saved with it. */
  export(last: number): Buffer {
    this.#forgetBefore(last + 1 - this.#span);
    const bytes = Buffer.alloc(this.#size * EXPORTED_BYTES);
    for (let i = 0; i < this.#size; i += 1) {
      const entry = this.#entryAt(i);
      const at = i * EXPORTED_BYTES;
      this.#identities.copy(bytes, at, entry * BYTES, (entry + 1) * BYTES);
      this.#digests.copy(bytes, at + BYTES, entry * BYTES, (entry + 1) * BYTES);
      bytes.writeUInt32LE(last - (this.#offsets[entry] as number), at + 2 * BYTES);
    }
    return bytes;
  }

  /**
   * The memory that {@link export} gave, saved with raw offset `last`; only what it knew of raw offsets below `before`, where
   * that is given.
   */
  static import(
    bytes: Buffer,
    last: number,
    span: number = LIMITS.repeatMemory,
    before = Infinity,
  ): RepeatMemory {
    const memory = new RepeatMemory(span);
    for (let at = 0; at < bytes.length; at += EXPORTED_BYTES) {
      if (last - bytes.readUInt32LE(at + 2 * BYTES) >= before) break;
      const identity = bytes.toString('hex', at, at + BYTES);
      const digest = bytes.toString('hex', at + BYTES, at + 2 * BYTES);
      memory.remember(identity, digest, last - bytes.readUInt32LE(at + 2 * BYTES));
    }
    return memory;
  }

  /** Writes into the entry behind the last one, which {@link remember} then keeps and {@link look} does not. */
  #write(identity: string, digest: string): number {
    if (this.#size === this.#capacity) this.#grow();
    const entry = this.#entryAt(this.#size);
    this.#identities.write(identity, entry * BYTES, BYTES, 'hex');
    this.#digests.write(digest, entry * BYTES, BYTES, 'hex');
    return entry;
  }

  #entryAt(index: number): number {
    const entry = this.#first + index;
    return entry < this.#capacity ? entry : entry - this.#capacity;
  }

  /** The slot that holds this entry's identity, or the free one where it belongs. */
  #slotOf(entry: number): number {
    const mask = this.#index.length - 1;
    let slot = (this.#identityWords[entry * WORDS] as number) & mask;
    for (;;) {
      const other = (this.#index[slot] as number) - 1;
      if (other < 0 || same(this.#identityWords, other, entry)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #forgetBefore(offset: number): void {
    while (this.#size > 0 && (this.#offsets[this.#first] as number) < offset) {
      const slot = this.#slotOf(this.#first);
      // Where the identity came again, the index points to the later entry.
      if (this.#index[slot] === this.#first + 1) this.#free(slot);
      this.#first = this.#entryAt(1);
      this.#size -= 1;
    }
  }

  /** Empties a slot and moves up what was put behind it only because it was taken. */
  #free(slot: number): void {
    const mask = this.#index.length - 1;
    let hole = slot;
    for (let at = (slot + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const entry = (this.#index[at] as number) - 1;
      const home = (this.#identityWords[entry * WORDS] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#index[hole] = entry + 1;
      hole = at;
    }
    this.#index[hole] = 0;
  }

  #grow(): void {
    const { entries, ...old } = { entries: this.#entries(), size: this.#size };
    this.#capacity = Math.min(this.#capacity * 2, Math.max(this.#span + 2, FIRST_CAPACITY));
    this.#identities = Buffer.alloc(this.#capacity * BYTES);
    this.#identityWords = wordsOf(this.#identities);
    this.#digests = Buffer.alloc(this.#capacity * BYTES);
    this.#digestWords = wordsOf(this.#digests);
    this.#offsets = new Float64Array(this.#capacity);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(this.#capacity * 2)));
    this.#first = 0;
    this.#size = old.size;
    entries.identities.copy(this.#identities);
    entries.digests.copy(this.#digests);
    this.#offsets.set(entries.offsets);
    for (let entry = 0; entry < this.#size; entry += 1) this.#index[this.#slotOf(entry)] = entry + 1;
  }

  /** The entries in the order of their offsets. */
  #entries(): { identities: Buffer; digests: Buffer; offsets: Float64Array } {
    const turn = (bytes: Buffer): Buffer => {
      const at = this.#first * BYTES;
      return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
    };
    const offsets = new Float64Array(this.#capacity);
    offsets.set(this.#offsets.subarray(this.#first));
    offsets.set(this.#offsets.subarray(0, this.#first), this.#capacity - this.#first);
    return { identities: turn(this.#identities), digests: turn(this.#digests), offsets };
  }
}

function wordsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function same(words: Int32Array, one: number, other: number): boolean {
  const a = one * WORDS;
  const b = other * WORDS;
  return (
    words[a] === words[b] &&
    words[a + 1] === words[b + 1] &&
    words[a + 2] === words[b + 2] &&
    words[a + 3] === words[b + 3]
  );
}

import { KeySet } from './key-set.ts';
import { LIMITS } from './limits.ts';
import type { RejectionCode } from './verdict-codes.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Every line is copied here: an array of one size that never changes is what V8 reads fastest, and behind the line stands
 * NUL, which is no part of any value, so that nothing needs to ask for the end. */
const bytes = Buffer.alloc(LIMITS.eventBytes + 16);
const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const LITERALS = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')] as const;
/** What may follow a backslash, `u` aside: " \ / b f n r t */
const ESCAPES = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

/** What kind of value stands at a position, by its first byte. */
export type Kind = 'string' | 'object' | 'array' | 'other';

/**
 * Reads one line of JSON strictly, byte by byte, without building it: grammar (RFC 8259), depth, number of members,
 * members that stand twice, NUL and lone surrogates. The bytes are valid UTF-8 without raw newlines and NUL: the caller
 * has made sure. Every method that reads gives false once something is wrong; `problem` then says what.
 *
 * One scanner is used for many lines, so that nothing is allocated for a line.
 */
export class JsonScanner {
  /** Why reading stopped. */
  problem: RejectionCode | undefined;
  /** The last string or member name read, without quotes: `[start, end)`, and whether it holds escapes. */
  start = 0;
  end = 0;
  escaped = false;
  /** Whether any member name held an escape: then two spellings may be one name, and bytes alone cannot tell. */
  escapedNames = false;

  readonly #keys = new KeySet();
  #length = 0;
  #at = 0;
  #objects = 0;
  #names: Set<string> | undefined;

  /**
   * Begins a line, at its first byte that is not space. With `asText` names are compared as text, however they are
   * spelled: slower, and needed only where some hold escapes.
   */
  open(line: Buffer, asText = false): void {
    line.copy(bytes);
    this.#length = line.length;
    bytes[line.length] = 0;
    this.#at = 0;
    this.#objects = 0;
    this.#keys.clear();
    this.#names = asText ? new Set() : undefined;
    this.problem = undefined;
    this.escapedNames = false;
    this.#space();
  }

  /** What stands at the current position. */
  get kind(): Kind {
    const byte = bytes[this.#at];
    if (byte === QUOTE) return 'string';
    if (byte === 0x7b) return 'object';
    return byte === 0x5b ? 'array' : 'other';
  }

  /** Whether the current value is `null`, judged by its first byte. */
  get atNull(): boolean {
    return bytes[this.#at] === 0x6e;
  }

  /** Whether nothing but space is left. */
  finish(): boolean {
    return this.#at === this.#length || this.#fail('not-json');
  }

  /** Steps into an object or array that the caller has seen by `kind`. Gives the number that {@link nextKey} wants. */
  enter(depth: number): number {
    if (depth > LIMITS.depth) this.#fail('too-deep');
    this.#at += 1;
    this.#space();
    this.#objects += 1;
    return this.#objects;
  }

  /** Reads the next member's name and colon: false at the end of the object, or when something is wrong. */
  nextKey(object: number, first: boolean): boolean {
    if (!this.#nextItem(0x7d, first)) return false;
    if (bytes[this.#at] !== QUOTE || !this.string()) return this.#fail('not-json');
    if (this.escaped) this.escapedNames = true;
    if (this.#keys.size >= LIMITS.keys) return this.#fail('too-many-keys');
    if (!this.#isNew(object)) return this.#fail('duplicate-key');
    if (bytes[this.#at] !== 0x3a) return this.#fail('not-json');
    this.#at += 1;
    this.#space();
    return true;
  }

  #isNew(object: number): boolean {
    if (!this.#keys.add(words, object, this.start, this.end)) return false;
    if (this.#names === undefined) return true;
    const before = this.#names.size;
    return this.#names.add(`${object} ${this.text()}`).size > before;
  }

  /** Moves to the next item of an array: false at its end, or when something is wrong. */
  nextItem(first: boolean): boolean {
    return this.#nextItem(0x5d, first);
  }

  /** Reads any value whose depth, were it an object or array, is `depth`. */
  value(depth: number): boolean {
    if (this.problem !== undefined) return false;
    switch (bytes[this.#at]) {
      case QUOTE:
        return this.string();
      case 0x7b:
        return this.#object(depth);
      case 0x5b:
        return this.#array(depth);
      case 0x74:
        return this.#literal(LITERALS[0]);
      case 0x66:
        return this.#literal(LITERALS[1]);
      case 0x6e:
        return this.#literal(LITERALS[2]);
      default:
        return this.#number();
    }
  }

  /** Reads a string that the caller has seen by `kind`, and the space behind it. */
  string(): boolean {
    this.start = this.#at + 1;
    this.escaped = false;
    let at = this.start;
    for (;;) {
      at = plain(at);
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) return this.#fail('not-json');
      at = this.#escape(at);
      if (at < 0) return false;
    }
    this.end = at;
    this.#at = at + 1;
    this.#space();
    return true;
  }

  /** The text of the last string or name. */
  text(): string {
    if (!this.escaped) return bytes.toString('utf8', this.start, this.end);
    return JSON.parse(bytes.toString('utf8', this.start - 1, this.end + 1)) as string;
  }

  /** Whether the last string or name is `name`, which is ASCII. */
  is(name: Buffer): boolean {
    if (this.escaped) return this.text() === name.toString('latin1');
    const { start } = this;
    if (this.end - start !== name.length) return false;
    for (let i = 0; i < name.length; i += 1) {
      if (bytes[start + i] !== name[i]) return false;
    }
    return true;
  }

  #object(depth: number): boolean {
    const object = this.enter(depth);
    for (let first = true; this.nextKey(object, first); first = false) {
      if (!this.value(depth + 1)) return false;
    }
    return this.problem === undefined;
  }

  #array(depth: number): boolean {
    this.enter(depth);
    for (let first = true; this.#nextItem(0x5d, first); first = false) {
      if (!this.value(depth + 1)) return false;
    }
    return this.problem === undefined;
  }

  #nextItem(close: number, first: boolean): boolean {
    if (this.problem !== undefined) return false;
    const byte = bytes[this.#at];
    if (byte === close) {
      this.#at += 1;
      this.#space();
      return false;
    }
    if (first) return true;
    if (byte !== 0x2c) return this.#fail('not-json');
    this.#at += 1;
    this.#space();
    return true;
  }

  #literal(word: Buffer): boolean {
    for (let i = 1; i < word.length; i += 1) {
      if (bytes[this.#at + i] !== word[i]) return this.#fail('not-json');
    }
    this.#at += word.length;
    this.#space();
    return true;
  }

  #number(): boolean {
    let at = this.#at;
    if (bytes[at] === 0x2d) at += 1;
    const whole = at;
    at = digits(at);
    if (at === whole || (bytes[whole] === 0x30 && at > whole + 1)) return this.#fail('not-json');
    if (bytes[at] === 0x2e) {
      const fraction = at + 1;
      at = digits(fraction);
      if (at === fraction) return this.#fail('not-json');
    }
    if (((bytes[at] as number) | 0x20) === 0x65) {
      const sign = bytes[at + 1];
      const exponent = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
      at = digits(exponent);
      if (at === exponent) return this.#fail('not-json');
    }
    this.#at = at;
    this.#space();
    return true;
  }

  /** Reads the escape at `at`; gives the position behind it, −1 when something is wrong. */
  #escape(at: number): number {
    this.escaped = true;
    const letter = bytes[at + 1] as number;
    if (letter !== 0x75) {
      if (ESCAPES.has(letter)) return at + 2;
      this.#fail('not-json');
      return -1;
    }
    const unit = hex4(at + 2);
    if (unit <= 0) this.#fail(unit === 0 ? 'nul' : 'not-json');
    if (unit <= 0) return -1;
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    return this.#surrogate(at, unit);
  }

  #surrogate(at: number, unit: number): number {
    const paired = bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75;
    const low = paired ? hex4(at + 8) : 0;
    if (low < 0) this.#fail('not-json');
    else if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) this.#fail('lone-surrogate');
    return this.problem === undefined ? at + 12 : -1;
  }

  #space(): void {
    let at = this.#at;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
    this.#at = at;
  }

  #fail(problem: RejectionCode): false {
    this.problem ??= problem;
    return false;
  }
}

/** The first byte from `at` on that is a quote, a backslash or a control character. */
function plain(from: number): number {
  let at = from;
  while (!special(words.getInt32(at, true))) at += 4;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) return at;
    at += 1;
  }
}

/** Whether one of the four bytes of `word` is a quote, a backslash or a control character; all four at once. */
function special(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const hit =
    ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  return (hit & 0x80808080) !== 0;
}

function digits(from: number): number {
  let at = from;
  while (((bytes[at] as number) - 0x30) >>> 0 <= 9) at += 1;
  return at;
}

/** Four hexadecimal digits, −1 when they are not. */
function hex4(at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i += 1) {
    const byte = bytes[i] as number;
    const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
    if (digit < 0 || digit > 15 || (byte > 0x39 && digit < 10)) return -1;
    value = value * 16 + digit;
  }
  return value;
}

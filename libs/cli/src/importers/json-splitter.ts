/** A piece of a JSON document: one value that may be a record. */
export interface JsonPiece {
  /** Undefined when it was larger than the limit. */
  readonly bytes: Buffer | undefined;
  /** Position of its first byte. */
  readonly at: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Longer strings are no name of a member that we look for. */
const LONGEST_NAME = 64;

/**
 * Splits JSON into records while it streams by, holding one record at a time: the elements of a top-level array, or of a
 * member such as `Records` of a top-level object, or otherwise each top-level object itself.
 *
 *   [ {…}, {…} ]        {"Records": [ {…}, {…} ], …}        {…} {…}
 *
 * It looks at brackets and strings alone; whether a piece is valid is for the parser to say.
 */
export class JsonSplitter {
  readonly #containers: ReadonlySet<string>;
  readonly #limit: number;
  /** Names of members beside the container's, which belong to no record. */
  readonly besides = new Set<string>();

  #position = 0;
  #depth = 0;
  /** The depth at which records lie: 0 for top-level objects, 1 in an array, 2 in a container's array. */
  #level = 0;
  #inString = false;
  #escaped = false;
  #inContainerObject = false;
  #isArray = false;

  #parts: Buffer[] = [];
  #size = 0;
  #startedAt = -1;
  #name: number[] = [];
  #lastName = '';
  #afterColon = false;
  #names: string[] = [];

  constructor(containers: readonly string[], limit: number) {
    this.#containers = new Set(containers);
    this.#limit = limit;
  }

  /** True when the document ended in the middle of something. */
  get isOpen(): boolean {
    return this.#depth > 0 || this.#inString || this.#startedAt >= 0;
  }

  /** Takes the next bytes and gives the pieces that they complete. */
  *push(chunk: Buffer): Generator<JsonPiece> {
    let from = this.#startedAt >= 0 ? 0 : -1;
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i] ?? 0;
      if (this.#inString) {
        this.#stepString(byte);
        continue;
      }
      if (from < 0 && this.#beginsPiece(byte)) {
        from = i;
        this.#startedAt = this.#position + i;
      }
      const ended = this.#step(byte);
      if (ended === 'container') from = -1;
      else if (from >= 0 && ended !== undefined) {
        this.#keep(chunk.subarray(from, ended === 'after' ? i + 1 : i));
        yield this.#finish();
        from = -1;
      }
    }
    if (from >= 0) this.#keep(chunk.subarray(from));
    this.#position += chunk.length;
  }

  /** A number or word at the top level ends with the document. */
  *end(): Generator<JsonPiece> {
    if (this.#startedAt >= 0 && this.#depth === 0) yield this.#finish();
  }

  #beginsPiece(byte: number): boolean {
    if (byte <= 0x20 || byte === COMMA || this.#depth !== this.#level) return false;
    if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) return false;
    if (this.#level === 0 && byte === OPEN_BRACKET) return false;
    return this.#level !== 2 || this.#isArray;
  }

  #stepString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      this.#lastName = Buffer.from(this.#name).toString();
    }
    if (this.#inString && this.#depth === 1 && this.#name.length < LONGEST_NAME) this.#name.push(byte);
  }

  /** What a byte outside of strings ends: a piece before it or with it, or the hope that the object is a record. */
  #step(byte: number): 'before' | 'after' | 'container' | undefined {
    const afterColon = this.#afterColon;
    if (byte > 0x20) this.#afterColon = byte === COLON && this.#depth === 1;
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        this.#name = [];
        return undefined;
      case COLON:
        if (this.#depth === 1 && this.#isObjectAtTop()) this.#names.push(this.#lastName);
        return undefined;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#open(byte, afterColon);
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        return this.#close();
      case COMMA:
        return this.#depth === this.#level ? 'before' : undefined;
      default:
        return this.#depth === 0 && byte <= 0x20 && this.#startedAt >= 0 ? 'before' : undefined;
    }
  }

  #isObjectAtTop(): boolean {
    return this.#level !== 1;
  }

  #open(byte: number, afterColon: boolean): 'container' | undefined {
    this.#depth += 1;
    if (this.#depth === 1) {
      this.#names = [];
      this.#inContainerObject = false;
      if (byte === OPEN_BRACKET) this.#level = 1;
      return undefined;
    }
    const isContainer =
      this.#depth === 2 &&
      byte === OPEN_BRACKET &&
      afterColon &&
      this.#isObjectAtTop() &&
      this.#containers.has(this.#lastName);
    if (!isContainer) return undefined;
    this.#level = 2;
    this.#isArray = true;
    this.#inContainerObject = true;
    this.#drop();
    return 'container';
  }

  #close(): 'before' | 'after' | undefined {
    this.#depth -= 1;
    if (this.#depth === this.#level) return 'after';
    if (this.#depth === this.#level - 1) {
      // The array of records ends; a number or word may have been its last element.
      if (this.#level === 2) this.#isArray = false;
      else this.#level = 0;
      return 'before';
    }
    if (this.#depth <= 0) this.#closeDocument();
    return undefined;
  }

  #closeDocument(): void {
    if (this.#inContainerObject) {
      for (const name of this.#names) if (!this.#containers.has(name)) this.besides.add(name);
    }
    this.#depth = 0;
    this.#level = 0;
    this.#inContainerObject = false;
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size <= this.#limit) this.#parts.push(Buffer.from(part));
    else this.#parts = [];
  }

  #drop(): void {
    this.#parts = [];
    this.#size = 0;
    this.#startedAt = -1;
  }

  #finish(): JsonPiece {
    const bytes = this.#size > this.#limit ? undefined : Buffer.concat(this.#parts);
    const piece = { bytes, at: this.#startedAt };
    this.#drop();
    return piece;
  }
}

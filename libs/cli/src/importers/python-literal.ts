/**
 * Reads what Python's `str(dict)` writes: `{'key': 'it\'s', "n": 1, 'b': True}`, nested. Undefined when it is anything
 * else: such text comes from outside and may be made to look like data, so nothing is guessed and nothing evaluated.
 */
export function readPythonLiteral(text: string): unknown {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    return reader.atEnd() ? value : undefined;
  } catch {
    return undefined;
  }
}

const DEEPEST = 32;
const TOKEN =
  /\s*(?:(?<punctuation>[{}[\](),:])|(?<word>True|False|None)|(?<number>-?\d+(?:\.\d+)?)|(?<quote>['"]))/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#text.slice(this.#at).trim() === '';
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) throw new Error('too deep');
    const { punctuation, word, number, quote } = this.#token();
    if (quote !== undefined) return this.#string(quote);
    if (number !== undefined) return Number(number);
    if (word !== undefined) return { True: true, False: false, None: null }[word];
    if (punctuation === '{') return this.#dictionary(depth + 1);
    if (punctuation === '[') return this.#list(']', depth + 1);
    if (punctuation === '(') return this.#list(')', depth + 1);
    throw new Error('not a literal');
  }

  #token(): Record<string, string | undefined> {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (match?.groups === undefined) throw new Error('not a literal');
    this.#at = TOKEN.lastIndex;
    return match.groups;
  }

  #isNext(punctuation: string): boolean {
    const before = this.#at;
    if (this.#token()['punctuation'] === punctuation) return true;
    this.#at = before;
    return false;
  }

  #require(punctuation: string): void {
    if (!this.#isNext(punctuation)) throw new Error(`expected ${punctuation}`);
  }

  #dictionary(depth: number): unknown {
    // A Map, then own members: a key `__proto__` must stay a key.
    const members = new Map<string, unknown>();
    while (!this.#isNext('}')) {
      const key = this.value(depth);
      this.#require(':');
      members.set(String(key), this.value(depth));
      if (this.#isNext('}')) break;
      this.#require(',');
    }
    return Object.fromEntries(members);
  }

  #list(end: string, depth: number): unknown[] {
    const items: unknown[] = [];
    while (!this.#isNext(end)) {
      items.push(this.value(depth));
      if (this.#isNext(end)) break;
      this.#require(',');
    }
    return items;
  }

  #string(quote: string): string {
    let read = '';
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? '';
      if (char === quote) {
        this.#at += 1;
        return read;
      }
      if (char !== '\\') read += char;
      else read += this.#escape();
    }
    throw new Error('no closing quote');
  }

  /** Leaves the position on the escape's last character. */
  #escape(): string {
    const hex = /^\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(this.#text.slice(this.#at, this.#at + 6));
    if (hex !== null) {
      this.#at += hex[0].length - 1;
      return String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? '', 16));
    }
    this.#at += 1;
    const char = this.#text[this.#at] ?? '';
    return ESCAPES[char] ?? char;
  }
}

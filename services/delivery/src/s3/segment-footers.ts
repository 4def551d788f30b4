import { footerRange, readFooter, TAIL_BYTES, type Footer } from '@auditorium/ledger';
import type { ObjectStore } from '@auditorium/object-store';

/** Footers kept in memory: those of the last minutes of every partition. */
const KEPT = 32;

/** Footers of sealed segments, the last used ones from memory. They never change, so what is kept is always true. */
export class SegmentFooters {
  readonly #store: ObjectStore;
  readonly #kept = new Map<string, Promise<Footer>>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** @throws AuditoriumError `s3-…`, `segment-…`; a failure is not kept */
  async of(key: string): Promise<Footer> {
    const footer = this.#kept.get(key) ?? this.#read(key);
    this.#kept.delete(key);
    this.#kept.set(key, footer);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    try {
      return await footer;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  async #read(key: string): Promise<Footer> {
    const { bytes, size } = await this.#store.tail(key, TAIL_BYTES);
    const { from } = footerRange(bytes, size);
    const whole = from >= size - bytes.length ? bytes : await this.#store.get(key, { from, to: size - 1 });
    return readFooter(whole, size);
  }
}

/**
 * A bound on bytes held by all partitions of the process together. Taking never fails: whoever finds no room waits, and
 * everything that waits is let in again, in order, as soon as something is given back.
 */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  get full(): boolean {
    return this.#used >= this.#limit;
  }

  add(bytes: number): void {
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next `giveBack`; look again afterwards. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

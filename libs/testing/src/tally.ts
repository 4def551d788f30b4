/** How many requests came, by name: what a test counts to see that nobody hammers. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Of one name, or of all whose name begins so. */
  of(prefix = ''): number {
    let sum = 0;
    for (const [name, count] of this.#counts) if (name.startsWith(prefix)) sum += count;
    return sum;
  }

  /** Begins anew. */
  clear(): void {
    this.#counts.clear();
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

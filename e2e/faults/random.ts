/** Numbers that a seed decides, so that a schedule can be had again. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [from, to]. */
  whole(from: number, to: number): number;
  pick<T>(from: readonly T[]): T;
  /** The same in another order. */
  shuffle<T>(from: readonly T[]): T[];
}

/** mulberry32: small, and good enough to choose whom to kill. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    whole,
    pick: (from) => from[whole(0, from.length - 1)]!,
    shuffle: (from) => {
      const cards = [...from];
      for (let last = cards.length - 1; last > 0; last -= 1) {
        const other = whole(0, last);
        [cards[last], cards[other]] = [cards[other]!, cards[last]!];
      }
      return cards;
    },
  };
}

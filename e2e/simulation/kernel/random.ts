/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `below` − 1. */
  int(below: number): number;
  /** From 0 to just below 1. */
  float(): number;
  chance(probability: number): boolean;
  pick<T>(of: readonly T[]): T;
  /** So many bytes. */
  bytes(count: number): Buffer;
}

/** The generator sfc32, its state filled from the seed by splitmix32. */
export function randomOf(seed: number): Random {
  let mixed = seed >>> 0;
  const split = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed ^ (mixed >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, counter] = [split(), split(), split(), 1];
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum;
  };
  for (let i = 0; i < 12; i += 1) next();
  const float = (): number => next() / 2 ** 32;
  const int = (below: number): number => Math.floor(float() * below);
  return {
    int,
    float,
    chance: (probability) => float() < probability,
    pick: (of) => {
      if (of.length === 0) throw new Error('there is nothing to pick from');
      return of[int(of.length)] as (typeof of)[number];
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => next() & 255)),
  };
}

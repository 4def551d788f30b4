import type { Random } from './random.ts';

export type IoKind = 'kafka' | 'postgres' | 's3' | 'sts' | 'directory';

/**
 * What may happen to one I/O: `refused` never acts; `lost` acts, and the caller gets an error; `hung` acts or not, and the
 * caller gets an error after its timeout; `late` acts long after the caller has got that error; `slow` only takes long.
 */
export type Fault = 'refused' | 'lost' | 'hung' | 'late' | 'slow';
export const FAULTS: readonly Fault[] = ['refused', 'lost', 'hung', 'late', 'slow'];

/** What may happen to a process at a crash point. */
export type Blow = 'kill' | 'pause';

/** How often what goes wrong: drawn anew for each seed, so that each has a character of its own. */
export class Faults {
  readonly #random: Random;
  readonly #rates = new Map<string, number>();
  readonly #away = new Set<IoKind>();
  #isCalm = false;
  /** Chance of a blow at a crash point, and at the points singled out by this seed. */
  blowRate = 0;
  aimedAt: ReadonlySet<string> = new Set();
  aimedRate = 0;
  /** Blows that are left: a world that is only ever killed shows nothing. */
  blowsLeft = 0;
  /** Counts for the summary. */
  readonly injected = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** The chance of this fault for each I/O of this kind. */
  rate(kind: IoKind, fault: Fault, chance: number): void {
    this.#rates.set(`${kind} ${fault}`, chance);
  }

  /** From now on every I/O of this kind is refused, until {@link back}. */
  away(kind: IoKind): void {
    this.#away.add(kind);
  }

  back(kind: IoKind): void {
    this.#away.delete(kind);
  }

  isAway(kind: IoKind): boolean {
    return this.#away.has(kind);
  }

  /** Nothing goes wrong any more. */
  calm(): void {
    this.#isCalm = true;
    this.#away.clear();
  }

  /** What happens to this I/O; nothing, mostly. */
  draw(kind: IoKind): Fault | undefined {
    if (this.#away.has(kind)) return this.count(kind, 'refused');
    if (this.#isCalm) return undefined;
    for (const fault of FAULTS) {
      const rate = this.#rates.get(`${kind} ${fault}`) ?? 0;
      if (rate > 0 && this.#random.chance(rate)) return this.count(kind, fault);
    }
    return undefined;
  }

  /** What happens to the process that has come to this crash point. */
  blow(point: string): Blow | undefined {
    if (this.#isCalm || this.blowsLeft === 0) return undefined;
    const rate = this.aimedAt.has(point) ? this.aimedRate : this.blowRate;
    if (rate === 0 || !this.#random.chance(rate)) return undefined;
    this.blowsLeft -= 1;
    return this.#random.chance(0.7) ? 'kill' : 'pause';
  }

  /** Counts a fault for the summary. */
  count<F extends string>(kind: IoKind | 'world', fault: F): F {
    const name = `${kind} ${fault}`;
    this.injected.set(name, (this.injected.get(name) ?? 0) + 1);
    return fault;
  }
}

import { OrgHistory } from './org-history.ts';
import type { SegmentCache } from './segment-cache.ts';

/** Chains kept: a run is some 500 B, and a long history has thousands. */
const KEPT = 64;

/**
 * Where each destination's long window has been, from turn to turn: a chain of thousands of runs is walked once, not at
 * every turn.
 */
export class OrgHistories {
  readonly #cache: SegmentCache;
  readonly #newest: (org: string) => Promise<string | null>;
  readonly #kept = new Map<string, { window: number; history: OrgHistory }>();

  constructor(cache: SegmentCache, newest: (org: string) => Promise<string | null>) {
    this.#cache = cache;
    this.#newest = newest;
  }

  /** The history for one window of a destination; to be given back when the turn is over. */
  take(org: string, destination: string, window: number): OrgHistory {
    const kept = this.#kept.get(destination);
    this.#kept.delete(destination);
    return kept?.window === window ? kept.history : new OrgHistory(this.#cache, org, () => this.#newest(org));
  }

  /** Keeps it for the window's next turn. */
  giveBack(destination: string, window: number, history: OrgHistory): void {
    history.rest();
    this.#kept.set(destination, { window, history });
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}

import type pg from 'pg';
import type { Head, RunEntry } from '@auditorium/ledger';

/** Orgs that one partition remembers; beyond that it reads them again. About 150 bytes each. */
const REMEMBERED = 200_000;

export const READ_HEADS = `
SELECT h.org, h.sequence, s.key AS segment
FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment
WHERE h.org = ANY ($1)`;

/**
 * The heads of one open partition's orgs. While the epoch is ours nobody else moves them, so what was read once and
 * advanced by our own sealings is true; if it is not, the sealing transaction finds out.
 */
export class Heads {
  readonly #pool: pg.Pool;
  #heads = new Map<string, Head>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The heads of these orgs; one that has no events yet is absent. */
  async of(orgs: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    if (this.#heads.size + orgs.length > REMEMBERED) this.#heads = new Map();
    const unknown = orgs.filter((org) => !this.#heads.has(org));
    if (unknown.length > 0) await this.#read(unknown);
    return this.#heads;
  }

  /** After a commit: the runs of this segment are the newest. */
  advance(segment: string, runs: readonly RunEntry[]): void {
    for (const run of runs) this.#heads.set(run.org, { sequence: run.last, segment });
  }

  async #read(orgs: readonly string[]): Promise<void> {
    const { rows } = await this.#pool.query<{ org: string } & Head>(READ_HEADS, [orgs]);
    for (const { org, sequence, segment } of rows) this.#heads.set(org, { sequence, segment });
  }
}

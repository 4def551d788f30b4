import type { SeedReport } from './run-seed.ts';

type Counts = Record<string, number>;

/** What all seeds came to. */
export class Totals {
  readonly failed: SeedReport[] = [];
  seeds = 0;
  virtualMs = 0;
  happenings = 0;
  readonly counts = new Map<string, number>();
  readonly faults = new Map<string, number>();
  readonly blows = new Map<string, number>();
  readonly points = new Map<string, number>();
  readonly scenarios = new Map<string, number>();
  readonly #seen = new Set<number>();

  add(report: SeedReport): void {
    if (report.failure !== undefined) this.failed.push(report);
    this.#seen.add(report.seed);
    this.seeds = this.#seen.size;
    this.virtualMs += report.virtualMs;
    this.happenings += report.happenings;
    addUp(this.counts, report.counts);
    addUp(this.faults, report.faults);
    addUp(this.blows, report.blows);
    addUp(this.points, report.points);
    addUp(this.scenarios, Object.fromEntries(report.scenarios.map((name) => [name, 1])));
  }

  /** The summary, for people. */
  text(): string {
    const days = this.virtualMs / 86_400_000;
    return [
      `${this.seeds} seeds, ${this.failed.length} failed; ${days.toFixed(1)} virtual days, ${this.happenings} happenings`,
      ...section('counted', this.counts),
      ...section('schedules included', this.scenarios),
      ...section('faults', this.faults),
      ...section('blows at crash points', this.blows),
      ...section('crash points passed', this.points),
    ].join('\n');
  }
}

function addUp(sums: Map<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
}

function section(title: string, sums: ReadonlyMap<string, number>): string[] {
  if (sums.size === 0) return [];
  const rows = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return ['', `${title}:`, ...rows.map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`)];
}

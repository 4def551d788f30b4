import { World } from './kernel/world.ts';
import { PLAYS, type Play } from './plays.ts';

/** What one seed gave, plain so that it can go from process to process. */
export interface SeedReport {
  readonly seed: number;
  readonly play: string;
  /** What was wrong; absent when nothing was. */
  readonly failure?: string;
  /** The last facts, of a seed that failed. */
  readonly lines?: readonly string[];
  readonly digest: number;
  readonly virtualMs: number;
  readonly happenings: number;
  readonly counts: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly blows: Record<string, number>;
  readonly points: Record<string, number>;
  readonly scenarios: readonly string[];
}

export interface SeedOptions {
  readonly scenario?: string | undefined;
  readonly play?: string | undefined;
  /** Keep the facts of seeds that do not fail too. */
  readonly keepLines?: boolean | undefined;
}

/** Plays one seed: all plays, or the one that is named or has the scenario. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  for (const play of PLAYS) if (isWanted(play, options)) reports.push(await runPlay(seed, play, options));
  return reports;
}

function isWanted(play: Play, { scenario, play: name }: SeedOptions): boolean {
  if (name !== undefined && play.name !== name) return false;
  return scenario === undefined || play.scenarios.includes(scenario);
}

async function runPlay(seed: number, play: Play, options: SeedOptions): Promise<SeedReport> {
  const world = new World(seed, options.scenario);
  let failure: string | undefined;
  try {
    await play.play(world);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return {
    seed,
    play: play.name,
    digest: world.digest,
    virtualMs: world.elapsed(),
    happenings: world.events,
    counts: Object.fromEntries(world.counts),
    faults: Object.fromEntries(world.faults.injected),
    blows: Object.fromEntries(world.blows),
    points: Object.fromEntries(world.points),
    scenarios: [...world.scenarios],
    ...(failure === undefined ? {} : { failure }),
    ...(failure !== undefined || options.keepLines ? { lines: world.lines } : {}),
  };
}

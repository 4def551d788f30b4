import { FAULTS, type IoKind } from '../kernel/faults.ts';
import type { World } from '../kernel/world.ts';
import type { Running } from './enricher.ts';
import type { Stage } from './stage.ts';

const MOST_BLOWS = 12;
const KINDS: readonly IoKind[] = ['kafka', 'postgres', 's3', 'sts'];

/** How often single requests fail: each seed has its own favourites, and some have none. */
export function drawRates(world: World): void {
  const { faults, random } = world;
  for (const kind of KINDS) {
    if (random.chance(0.3)) continue;
    for (const fault of FAULTS) {
      if (random.chance(0.5)) faults.rate(kind, fault, random.pick([0.002, 0.01, 0.04]));
    }
  }
  faults.blowRate = random.pick([0, 0, 0.01, 0.05]);
  faults.blowsLeft = random.int(MOST_BLOWS);
  if (world.includes('torn and late sends', 0.2))
    for (const fault of ['lost', 'hung', 'late'] as const) faults.rate('kafka', fault, 0.05);
  if (world.includes('a zombie writes', 0.2)) {
    faults.aimedAt = new Set(['enrichment.before-send', 'relay.after-number', 'relay.after-delete']);
    faults.aimedRate = 0.2;
    faults.blowsLeft = MOST_BLOWS;
  }
}

/** A service that is started again after each end. */
export class Service {
  readonly #world: World;
  readonly #start: () => Running;
  #running: Running | undefined;
  #isHeld = false;

  constructor(world: World, start: () => Running) {
    this.#world = world;
    this.#start = start;
    this.#begin();
  }

  get running(): Running | undefined {
    return this.#running;
  }

  /** Kills it, and does not start it again until {@link release}. */
  hold(): void {
    this.#isHeld = true;
    this.#running?.process.kill();
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#running === undefined || this.#running.process.state === 'killed') this.#begin();
  }

  #begin(): void {
    const running = this.#start();
    this.#running = running;
    running.process.onEnd(() => {
      const world = this.#world;
      world.after(world.faults.isCalm ? 1000 : world.random.float() * 20_000, () => {
        if (!this.#isHeld && this.#running === running) this.#begin();
      });
    });
  }
}

/** What happens to whole processes and servers, at random moments until it is calm. */
export function startNemesis(stage: Stage, services: readonly Service[]): void {
  const { world, kafka, topics } = stage;
  const { random, faults } = world;
  const meanMs = random.pick([4000, 15_000, 60_000]);
  const deeds: (() => void)[] = [
    () => victim()?.process.kill(),
    () => sleepFor(victim()),
    () => victim()?.stop(),
    () => [...kafka.groups].forEach((group) => group.rebalance()),
    () => [...kafka.groups].forEach((group) => group.loseOne()),
    () => changeLeader(),
    () => random.pick([stage.platform, stage.product]).crash(),
    () => outage(random.pick(['kafka', 'postgres'])),
  ];
  const victim = (): Running | undefined => random.pick(services).running;
  const changeLeader = (): void => {
    // Raw that has lost records and an end of enriched that is announced too low, at one moment: docs/reliability.md.
    if (stage.mustStop.size > 0) return;
    kafka.changeLeader(random.pick([topics.raw, topics.enriched]), random.int(stage.partitions));
  };
  const sleepFor = (running: Running | undefined): void => {
    if (running === undefined) return;
    running.process.pause();
    world.after(world.pauseMs(), () => running.process.resume());
  };
  const outage = (kind: IoKind): void => {
    faults.away(kind);
    world.log(`${kind} is away`);
    world.after(random.float() * 40_000, () => faults.back(kind));
  };
  const next = (): void => {
    world.after(random.float() * 2 * meanMs, () => {
      if (faults.isCalm) return;
      const index = random.int(deeds.length);
      faults.count('world', DEEDS[index] ?? 'deed');
      deeds[index]?.();
      next();
    });
  };
  if (random.chance(0.85)) next();
}

const DEEDS = ['kill', 'sleep', 'stop', 'rebalance', 'member lost', 'leader', 'database crash', 'outage'];

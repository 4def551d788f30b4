import { LIMITS } from '@auditorium/events';
import { World } from '../kernel/world.ts';
import { startEnricher } from './enricher.ts';
import { judge, watchEnriched } from './judge.ts';
import { drawRates, Service, startNemesis } from './nemesis.ts';
import { startRelay } from './relay-process.ts';
import { setStage, type Stage } from './stage.ts';
import { startTally, type Tally } from './tally.ts';
import { Workload } from './workload.ts';

/** For so long it storms, at most; then it is calm. */
const STORM_MS = 120_000;
/** What is needed at most from the calm to the end: the longest sleep, the longest late request, the longest pause between two tries. */
const CALM_MS = 1_200_000;
const SPANS = [5, 20, 60, 200_000];

/** Plays the world of one seed to its end. An error is a violation, or that it makes no progress. */
export async function runSeed(world: World): Promise<void> {
  (LIMITS as { repeatMemory: number }).repeatMemory = world.random.pick(SPANS);
  drawRates(world);
  const stage = setStage(world);
  const tallies: Tally[] = [];
  watchEnriched(stage);
  const workload = new Workload(stage);
  workload.start();
  const services = [
    () => startRelay(stage, 'relay one'),
    () => startRelay(stage, 'relay two'),
    () => startEnricher(stage, 'enricher one'),
    () => startEnricher(stage, 'enricher two', world.random.chance(0.3) ? 'another group' : undefined),
    () => startTally(stage, tallies, 'tally one'),
    () => startTally(stage, tallies, 'tally two'),
  ].map((start) => new Service(stage, start));
  startNemesis(stage, services);
  await world.pass(STORM_MS * world.random.float());
  world.calm();
  await world.until(() => isSettled(stage, workload, tallies), CALM_MS);
  requireRight(stage, tallies);
}

function isSettled(stage: Stage, workload: Workload, tallies: readonly (Tally | undefined)[]): boolean {
  const { world, kafka, topics, outbox, references } = stage;
  if (!workload.isDone || world.late > 0 || outbox.rows.rows().length > 0) return false;
  if (kafka.logs(topics.raw).some((log) => log.stable < log.end)) return false;
  return references.every((reference, partition) => reference.last <= (tallies[partition]?.last ?? -1));
}

function requireRight(stage: Stage, tallies: readonly (Tally | undefined)[]): void {
  const violations = [
    ...stage.stops.map(({ service, code }) => `${service} stopped: ${code}`),
    ...judge(stage, tallies),
  ];
  if (violations.length > 0) throw new Error(violations.join('\n'));
}

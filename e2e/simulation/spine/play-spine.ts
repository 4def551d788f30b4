import { LIMITS } from '@auditorium/events';
import type { World } from '../kernel/world.ts';
import { startEnricher } from './enricher.ts';
import { judge, watchEnriched } from './judge.ts';
import { drawRates, Service, startNemesis } from './nemesis.ts';
import { startRelay } from './relay-process.ts';
import { beginScenarios, idle, type Scene } from './scenarios.ts';
import { setStage, type Stage } from './stage.ts';
import { startTally, type Tally } from './tally.ts';
import { Workload } from './workload.ts';

/** For so long it storms, at most; then it is calm. */
const STORM_MS = 120_000;
/**
 * What is needed at most from the calm to the end: the longest sleep, the longest late request and what waits for it, the
 * longest pause between two tries, one after the other.
 */
const CALM_MS = 1_800_000;
const SPANS = [5, 20, 60, 200_000];

/** Relay, enrichment and consumers from the product's transaction to what a consumer has taken. */
export async function playSpine(world: World): Promise<void> {
  (LIMITS as { repeatMemory: number }).repeatMemory = world.random.pick(SPANS);
  drawRates(world);
  const stage = setStage(world);
  const tallies: Tally[] = [];
  watchEnriched(stage);
  const workload = new Workload(stage);
  const service = (start: () => ReturnType<typeof startRelay>): Service => new Service(world, start);
  const relays = ['relay one', 'relay two'].map((name) => service(() => startRelay(stage, name)));
  const another = world.includes('two enrichers on everything', 0.3) ? 'another group' : undefined;
  const enrichers = [
    service(() => startEnricher(stage, 'enricher one')),
    service(() => startEnricher(stage, 'enricher two', another)),
  ];
  const consumers = ['tally one', 'tally two'].map((name) => service(() => startTally(stage, tallies, name)));
  const scene: Scene = { stage, workload, tallies, enrichers, consumers };
  workload.start();
  startNemesis(stage, [...relays, ...enrichers, ...consumers]);
  beginScenarios(scene);
  await world.pass(STORM_MS * (0.3 + 0.7 * world.random.float()));
  world.calm();
  await world.until(() => stage.deeds === 0, CALM_MS);
  for (const each of [...enrichers, ...consumers]) each.release();
  await world.until(() => isSettled(scene), CALM_MS);
  if (stage.idleMs > 0) {
    await idle(scene);
    workload.afterwards();
    await world.until(() => isSettled(scene), CALM_MS);
  }
  requireRight(stage, tallies);
}

function isSettled({ stage, workload, tallies }: Scene): boolean {
  const { world, kafka, topics, outbox, references } = stage;
  if (!workload.isDone || world.late > 0 || outbox.rows.rows().length > 0) return false;
  if (kafka.logs(topics.raw).some((log) => log.stable < log.end)) return false;
  return references.every((reference, partition) => {
    if (stage.mustStop.has(partition) || hasStopped(stage, partition)) return hasStopped(stage, partition);
    return reference.last <= (tallies[partition]?.last ?? -1);
  });
}

function hasStopped({ stops }: Stage, partition: number): boolean {
  return stops.some((stop) => stop.service === 'enrichment' && stop.partition === partition);
}

function requireRight(stage: Stage, tallies: readonly (Tally | undefined)[]): void {
  const { world, mayStop, stops, sent, references } = stage;
  const wrong = stops
    .filter(({ partition, code }) => !mayStop.get(partition ?? -1)?.includes(code))
    .map(({ service, partition, code }) => `${service} stopped ${partition}: ${code}`);
  const violations = [...wrong, ...judge(stage, tallies)];
  world.count('events', sent.size);
  world.count(
    'verdicts',
    references.reduce((sum, reference) => sum + reference.all.length, 0),
  );
  world.count('partitions stopped, rightly', mayStop.size);
  if (violations.length > 0) throw new Error(violations.join('\n'));
}

import { isHole } from '../kafka/sim-log.ts';
import type { Service } from './nemesis.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';
import type { Workload } from './workload.ts';

/** What a schedule may lay its hands on. */
export interface Scene {
  readonly stage: Stage;
  readonly workload: Workload;
  readonly tallies: readonly (Tally | undefined)[];
  readonly enrichers: readonly Service[];
  readonly consumers: readonly Service[];
}

/** A schedule of the world: what is done to it once the storm has begun. */
interface Scenario {
  readonly name: string;
  readonly chance: number;
  begin(scene: Scene): void;
}

/** So long, scaled as `SAVE_WHOLE_MS` is, enriched keeps what is in it: seven days of production. */
const RETENTION_MS = 2_000_000;

const SCENARIOS: readonly Scenario[] = [
  { name: 'raw expired', chance: 0.06, begin: (scene) => sometime(scene, () => expireRaw(scene)) },
  { name: 'raw cut back', chance: 0.06, begin: (scene) => sometime(scene, () => cutRawBack(scene)) },
  { name: 'raw made anew', chance: 0.06, begin: (scene) => sometime(scene, () => makeRawAnew(scene)) },
  {
    name: 'enriched cut back',
    chance: 0.08,
    begin: (scene) => sometime(scene, () => cutEnrichedBack(scene)),
  },
  {
    name: 'enriched expired, partition idle',
    chance: 0.05,
    begin: (scene) => void (scene.stage.idleMs = 1.5 * RETENTION_MS),
  },
  {
    name: 'enriched expired, PostgreSQL away',
    chance: 0.03,
    begin: (scene) => void (scene.stage.idleMs = 1.5 * RETENTION_MS),
  },
  { name: 'product database restored', chance: 0.1, begin: restoreProduct },
  {
    name: 'PostgreSQL away while marks are due',
    chance: 0.1,
    begin: (scene) => sometime(scene, () => awayWhileDue(scene)),
  },
];

/** Their names, and of those that are no deeds but a character of the world. */
export const SPINE_SCENARIOS: readonly string[] = [
  ...SCENARIOS.map(({ name }) => name),
  'two enrichers on everything',
  'two shards in one partition',
  'commits out of order',
  'torn and late sends',
  'a zombie writes',
  'holes',
];

export function beginScenarios(scene: Scene): void {
  // One disaster at a time: of two it could not be said which stop is the right one.
  for (const { name, chance, begin } of SCENARIOS)
    if (scene.stage.world.includes(name, chance)) return begin(scene);
}

function sometime({ stage: { world } }: Scene, deed: () => void): void {
  world.after(10_000 + world.random.float() * 40_000, deed);
}

/** Holds the enrichers down, does something to the logs behind their backs, and lets them start again. */
function behindTheirBacks(scene: Scene, waitMs: number, deed: () => void): void {
  const { world } = scene.stage;
  scene.stage.deeds += 1;
  for (const enricher of scene.enrichers) enricher.hold();
  world.after(waitMs, function whenNothingIsUnderWay() {
    if (world.late > 0) return void world.after(1000, whenNothingIsUnderWay);
    deed();
    scene.stage.deeds -= 1;
    for (const enricher of scene.enrichers) enricher.release();
  });
}

/** The last raw offset with a verdict in enriched, by whomever. */
function lastVerdict({ stage: { kafka, topics } }: Scene, partition: number): number {
  const offsets = kafka
    .log(topics.enriched, partition)
    .records.map(({ headers }) => Number(headers['raw-offset']?.toString()));
  return Math.max(-1, ...offsets);
}

function expireRaw(scene: Scene): void {
  const { world, kafka, topics, partitions, references } = scene.stage;
  const partition = world.random.int(partitions);
  behindTheirBacks(scene, world.random.float() * 30_000, () => {
    const log = kafka.log(topics.raw, partition);
    references[partition]?.advance();
    const last = lastVerdict(scene, partition);
    const to = log.start + world.random.int(log.end - log.start + 1);
    const lost = log.records.filter((record) => record.offset < to && record.offset > last);
    world.log(`raw/${partition} expires up to ${to}; verdicts end at ${last}`);
    // Holes that expired before it was saved that they are holes look like a loss: a stop that is not needed is allowed.
    if (lost.length > 0) scene.stage.mayStop.set(partition, ['raw-loss']);
    if (lost.some((record) => !isHole(record))) scene.stage.mustStop.add(partition);
    log.expireTo(to);
  });
}

function cutRawBack(scene: Scene): void {
  const { world, kafka, topics, partitions, references, sent } = scene.stage;
  const partition = world.random.int(partitions);
  const deed = (): void => {
    const log = kafka.log(topics.raw, partition);
    const reference = references[partition];
    reference?.advance();
    const last = lastVerdict(scene, partition);
    const to = Math.max(log.start, log.end - world.random.int(6));
    for (const { key, value } of log.records.slice(to - log.start))
      if (key !== null && value !== null) sent.takeBack({ org: key.toString('latin1'), value });
    world.log(`raw/${partition} is cut back to ${to}; verdicts end at ${last}`);
    if (last >= to) expectStop(scene, partition);
    else reference?.cutBackTo(to);
    log.cutBackTo(to);
  };
  behindTheirBacks(scene, world.random.float() * 10_000, deed);
}

function makeRawAnew(scene: Scene): void {
  const { world, kafka, topics, partitions, references, sent } = scene.stage;
  behindTheirBacks(scene, world.random.float() * 10_000, () => {
    for (let partition = 0; partition < partitions; partition += 1) {
      const log = kafka.log(topics.raw, partition);
      references[partition]?.advance();
      if (lastVerdict(scene, partition) >= 0) expectStop(scene, partition);
      else references[partition]?.cutBackTo(0);
      for (const { key, value } of log.records)
        if (key !== null && value !== null) sent.takeBack({ org: key.toString('latin1'), value });
      log.makeAnew();
    }
    world.log('raw is made anew');
  });
}

/** Its verdicts are on records that are no longer there: it must stop, and nothing more may be written. */
function expectStop({ stage }: Scene, partition: number): void {
  stage.mayStop.set(partition, ['resume-mismatch', 'position-out-of-range']);
  stage.mustStop.add(partition);
  stage.references[partition]?.freeze();
}

/** What no consumer has read and no saved position knows of is lost from enriched: it is written again. */
function cutEnrichedBack(scene: Scene): void {
  const { world, kafka, topics, partitions, positions } = scene.stage;
  const partition = world.random.int(partitions);
  for (const consumer of scene.consumers) consumer.hold();
  world.after(5000 + world.random.float() * 20_000, () => {
    const log = kafka.log(topics.enriched, partition);
    const saved = positions.positions.rows().find((row) => row.partition === partition);
    const least = Math.max(log.start, scene.tallies[partition]?.next ?? 0, saved?.enriched_end ?? 0);
    const to = Math.max(least, log.end - world.random.int(6));
    world.log(`enriched/${partition} is cut back from ${log.end} to ${to}`);
    // A save that was under way may know of more than is left; then to stop is right.
    if (to < log.end) scene.stage.mayStop.set(partition, ['resume-mismatch']);
    log.cutBackTo(to);
    for (const consumer of scene.consumers) consumer.release();
  });
}

function restoreProduct({ stage, workload }: Scene): void {
  const { world, product } = stage;
  world.after(world.random.float() * 30_000, () => {
    const restore = product.backup();
    const known = workload.recorded.length;
    world.after(world.random.float() * 40_000, () => {
      world.log('the product database is restored');
      workload.forgetRecorded(known);
      restore();
    });
  });
}

function awayWhileDue(scene: Scene): void {
  const { world } = scene.stage;
  world.faults.away('postgres');
  world.log('PostgreSQL is away for long');
  for (let time = 0; time < 3; time += 1)
    world.after(world.random.float() * 60_000, () =>
      world.random.pick(scene.enrichers).running?.process.kill(),
    );
  world.after(20_000 + world.random.float() * 60_000, () => world.faults.back('postgres'));
}

/** Nothing comes for longer than enriched keeps; then what is old is deleted, and the enrichers start anew. */
export async function idle(scene: Scene): Promise<void> {
  const { world, kafka, topics, partitions, positions, idleMs } = scene.stage;
  const isAway = world.scenarios.has('enriched expired, PostgreSQL away');
  const began = world.now();
  if (isAway) world.faults.away('postgres');
  await world.pass(idleMs);
  for (let partition = 0; partition < partitions; partition += 1) {
    const log = kafka.log(topics.enriched, partition);
    const kept = log.records.find(({ timestamp }) => timestamp > began + idleMs - RETENTION_MS);
    // A consumer that had no database either is not what this is about.
    log.expireTo(Math.min(kept?.offset ?? log.end, scene.tallies[partition]?.next ?? 0));
    const saved = positions.positions.rows().find((row) => row.partition === partition)?.enriched_next ?? 0;
    world.log(`enriched/${partition} begins at ${log.start}; saved is ${saved}`);
    if (isAway && saved < log.start) {
      scene.stage.mayStop.set(partition, ['enriched-gap']);
      scene.stage.mustStop.add(partition);
    }
  }
  for (const enricher of scene.enrichers) enricher.running?.process.kill();
  world.faults.back('postgres');
}

import type { SimProcess } from '../kernel/sim-process.ts';
import type { World } from '../kernel/world.ts';
import { addCustomers, startAdmin } from './admin.ts';
import { bucketProblems } from './bucket-oracle.ts';
import { startCourier } from './courier-process.ts';
import { ENRICHED } from './enriched-writer.ts';
import { ledgerProblems } from './ledger-oracle.ts';
import { drawRates, drawThemes, startNemesis } from './nemesis.ts';
import { startReaper, startSealer } from './sealer-process.ts';
import { Service } from './service.ts';
import { type DeliveryStage, setDeliveryStage } from './stage.ts';

/** For so long it storms, at most; then it is calm. */
const STORM_MS = 100_000;
/** What is needed at most from the calm to the end: the longest sleep, the longest late request, the longest pause between two tries. */
const CALM_MS = 1_200_000;
const HOUR_MS = 3_600_000;

/** Plays the world of one seed, of sealers, couriers and reapers, to its end. An error is a violation, or that it makes no progress. */
export async function playDelivery(world: World): Promise<void> {
  const themes = drawThemes(world);
  drawRates(world, themes);
  const stage = setDeliveryStage(world);
  addCustomers(stage);
  const services = [
    () => startSealer(stage, 'sealer one'),
    () => startSealer(stage, 'sealer two'),
    () => startCourier(stage, 'courier one'),
    () => startCourier(stage, 'courier two'),
  ].map((start) => new Service(world, start));
  const admin = new Service(world, () => startAdmin(stage, themes));
  startNemesis(stage, services, themes);
  startWriting(stage);
  await world.pass(STORM_MS * (0.2 + 0.8 * world.random.float()));
  world.calm();
  for (const customer of stage.customers.byBucket.values()) customer.mistake = 'none';
  await settle(stage);
  if (themes.expiry) await expire(stage, services);
  const sleeper = themes.sleeper ? await putToSleep(stage) : undefined;
  requireRight(stage);
  for (const service of [...services, admin]) service.retire(sleeper);
  await reap(stage, sleeper);
  tellCounts(stage);
}

async function settle(stage: DeliveryStage): Promise<void> {
  await stage.world.until(() => isSettled(stage), CALM_MS).catch((error: unknown) => tellWhy(stage, error));
}

/** Nothing came for so long that enriched holds nothing any more; then everybody starts anew, and something comes. */
async function expire(stage: DeliveryStage, services: readonly Service[]): Promise<void> {
  const { kafka, partitions, enriched, world } = stage;
  for (let partition = 0; partition < partitions; partition += 1) {
    const log = kafka.log(ENRICHED, partition);
    log.expireTo(Math.min(log.end, stage.tables.partitions.get(partition)?.enriched_next ?? 0));
  }
  for (const service of services) service.kill();
  await world.pass(10_000 * world.random.float());
  for (let batch = 0; batch < 5; batch += 1) enriched.write();
  await settle(stage);
}

/** A sealer falls asleep right before the PUT of its segment, and another takes its partition over. */
async function putToSleep(stage: DeliveryStage): Promise<SimProcess | undefined> {
  let sleeper: SimProcess | undefined;
  stage.putsToSleep = (process, point) => {
    if (sleeper !== undefined || point !== 'sealer.after-row') return false;
    sleeper = process;
    return true;
  };
  for (let batch = 0; batch < 5; batch += 1) stage.enriched.write();
  await settle(stage);
  return sleeper;
}

function tellCounts({ world, tables, watcher, enriched }: DeliveryStage): void {
  world.count('segments sealed', tables.segments.rows().filter(({ state }) => state === 'sealed').length);
  world.count(
    'segments abandoned',
    tables.segments.rows().filter(({ state }) => state === 'abandoned').length,
  );
  world.count(
    'events sealed',
    enriched.orgs.reduce((sum, org) => sum + enriched.expected(org).length, 0),
  );
  world.count('objects delivered', watcher.writes.length);
  world.count('objects found by a retry', tables.receipts.rows().filter(({ found }) => found).length);
}

/** Verdicts come for as long as it storms. */
function startWriting({ world, enriched }: DeliveryStage): void {
  const meanMs = world.random.pick([300, 1_000, 3_000]);
  const next = (): void => {
    world.after(world.random.float() * 2 * meanMs, () => {
      if (world.faults.isCalm) return;
      enriched.write();
      next();
    });
  };
  next();
}

function isSettled({ tables, enriched, partitions }: DeliveryStage): boolean {
  if (!enriched.isWhole) return false;
  for (let partition = 0; partition < partitions; partition += 1)
    if ((tables.partitions.get(partition)?.raw_last ?? -1) < enriched.last(partition)) return false;
  if (tables.windows.rows().some((row) => row.state !== 'delivered' && isLiving(tables, row.destination)))
    return false;
  return tables.cursors
    .rows()
    .every(
      (row) =>
        !isLiving(tables, row.destination) || row.cursor === Math.max(row.start, headOf(tables, row.org)),
    );
}

const isLiving = (tables: DeliveryStage['tables'], id: string): boolean =>
  tables.destinations.get(id)?.status !== 'deleted';
const headOf = (tables: DeliveryStage['tables'], org: string): number => tables.heads.get(org)?.sequence ?? 0;

function tellWhy({ tables, enriched, stops }: DeliveryStage, error: unknown): never {
  const partitions = tables.partitions
    .rows()
    .map((row) => `partition ${row.partition} at ${row.raw_last} of ${enriched.last(row.partition)}`);
  const leases = tables.leases.rows().map((row) => `lease ${row.partition}: ${row.holder} ${row.epoch}`);
  const behind = tables.cursors.rows().map((row) => {
    const { status, prefix } = tables.destinations.get(row.destination) ?? {};
    const failure = row.last_failure === null ? '' : ` ${row.last_failure.code}: ${row.last_failure.message}`;
    return `${row.destination.slice(0, 8)} ${status} ${prefix} ${row.cursor} of ${headOf(tables, row.org)}${failure}`;
  });
  const facts = [...partitions, ...leases, ...behind, ...stops.map((code) => `stopped: ${code}`)];
  throw new Error(`${String(error)}\n  ${facts.join('\n  ')}`, { cause: error });
}

function requireRight(stage: DeliveryStage): void {
  const problems = [
    ...stage.stops.map((code) => `a partition was given up: ${code}`),
    ...ledgerProblems(stage),
    ...bucketProblems(stage),
  ];
  if (problems.length > 0) throw new Error(problems.slice(0, 20).join('\n'));
}

/** Hours and days go by: nothing may be left of abandoned segments, and everything of the others. */
async function reap(stage: DeliveryStage, sleeper: SimProcess | undefined): Promise<void> {
  const { world, tables, ledger } = stage;
  for (const ms of [1.1 * HOUR_MS, 24 * HOUR_MS]) {
    await world.pass(ms);
    const reapers = ['reaper one', 'reaper two'].map((name) => startReaper(stage, name));
    await world.pass(0.6 * HOUR_MS);
    for (const { process } of reapers) process.kill();
    // What it was about to write it writes now, and finds that nobody wants it.
    sleeper?.resume();
    await world.pass(60_000);
    sleeper?.kill();
  }
  const left = tables.segments
    .rows()
    .filter(({ state, key }) => state === 'abandoned' && ledger.objects.has(key));
  if (left.length > 0) throw new Error(`${left.length} objects of abandoned segments were never deleted`);
  requireRight(stage);
}

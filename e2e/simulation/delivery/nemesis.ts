import { FAULTS, type IoKind } from '../kernel/faults.ts';
import type { World } from '../kernel/world.ts';
import type { Mistake } from '../s3/sim-customers.ts';
import type { Service } from './service.ts';
import type { DeliveryStage } from './stage.ts';
import { STRANGER } from './watcher.ts';

const MOST_BLOWS = 12;
const KINDS: readonly IoKind[] = ['kafka', 'postgres', 's3', 'sts', 'directory'];
const MISTAKES: readonly Mistake[] = [
  'role',
  'policy',
  'region',
  'no-bucket',
  'slow-down',
  'busy',
  'owner',
  'internal',
  'kms',
];

/** Schedules that are drawn by the seed, or forced. */
export const DRAWN = {
  restore: 'PostgreSQL restored to an earlier moment',
  strangers: '412 without an earlier attempt',
  erasures: 'an erasure between plan and retry',
  admins: 'admins change their minds',
  mistakes: "customers' roles, policies and regions are wrong",
  expiry: 'enriched expires under an idle partition',
  late: 'requests to S3 arrive late',
  sleeper: 'the reaper against a sealer that sleeps for hours',
} as const;

export type Themes = Readonly<Record<keyof typeof DRAWN, boolean>>;

/** Each seed has themes of its own. */
export function drawThemes(world: World): Themes {
  const restore = world.includes(DRAWN.restore, 0.25);
  const included = (theme: keyof typeof DRAWN): boolean => world.includes(DRAWN[theme], 0.3);
  return {
    restore,
    strangers: included('strangers'),
    erasures: included('erasures'),
    admins: included('admins'),
    mistakes: included('mistakes'),
    expiry: included('expiry'),
    late: included('late'),
    sleeper: included('sleeper'),
  };
}

/** How often single requests fail: each seed has its own favourites, and some have none. */
export function drawRates({ faults, random }: World, { late, admins }: Themes): void {
  for (const kind of KINDS) {
    if (random.chance(0.3)) continue;
    for (const fault of FAULTS) {
      if (random.chance(0.5)) faults.rate(kind, fault, random.pick([0.002, 0.01, 0.04]));
    }
  }
  if (late) faults.rate('s3', 'late', 0.1);
  faults.blowRate = random.pick([0, 0.01, 0.05]);
  faults.blowsLeft = random.int(MOST_BLOWS);
  // Between a plan's copy and what is noted of it, an admin may change the place that the plan is for.
  if (admins) faults.aimedAt = new Set(['courier.copy-written']);
  faults.aimedRate = 0.2;
}

/** What happens to whole processes and servers, at random moments until it is calm. */
export function startNemesis(stage: DeliveryStage, services: readonly Service[], themes: Themes): void {
  const { world, kafka, database, names, customers } = stage;
  const { random, faults } = world;
  const meanMs = random.pick([4_000, 15_000, 60_000]);
  const outage = (kind: IoKind): void => {
    faults.away(kind);
    world.after(random.float() * 30_000, () => faults.back(kind));
  };
  const mistake = (): void => {
    const customer = random.pick([...customers.byBucket.values()]);
    customer.mistake = random.pick(MISTAKES);
    world.log(`${customer.bucket.name}: ${customer.mistake}`);
    world.after(random.float() * 40_000, () => (customer.mistake = 'none'));
  };
  const sleepy = (service: Service): void => {
    const { process } = service;
    process.pause();
    world.after(world.pauseMs(), () => process.resume());
  };
  const deeds: Record<string, () => void> = {
    kill: () => random.pick(services).kill(),
    sleep: () => sleepy(random.pick(services)),
    stop: () => random.pick(services).stop(),
    rebalance: () => [...kafka.groups].forEach((group) => group.rebalance()),
    'database crash': () => database.crash(),
    outage: () => outage(random.pick(KINDS)),
    ...(themes.erasures ? { erasure: () => names.erase(`u_${random.int(5)}`) } : {}),
    ...(themes.mistakes ? { mistake } : {}),
  };
  const next = (): void => {
    world.after(random.float() * 2 * meanMs, () => {
      if (faults.isCalm) return;
      const deed = random.pick(Object.keys(deeds));
      faults.count('world', deed);
      deeds[deed]?.();
      next();
    });
  };
  if (random.chance(0.85)) next();
  if (themes.restore) planRestore(stage, services);
  if (themes.strangers) stage.onCourier = (point) => plantStranger(stage, point);
}

/** A backup is made while everything runs, and brought back when everything has been stopped. */
function planRestore(stage: DeliveryStage, services: readonly Service[]): void {
  const { world, database, watcher } = stage;
  const { random } = world;
  world.after(random.float() * 40_000, () => {
    if (world.faults.isCalm) return;
    world.log('a backup is made');
    const restore = database.backup();
    world.after(random.float() * 40_000, () => {
      if (world.faults.isCalm) return;
      world.log('the backup is brought back');
      world.faults.count('world', 'restore');
      for (const service of services) service.kill();
      watcher.beforeRestore();
      restore();
    });
  });
}

const BEFORE_THE_PUT = ['courier.planned', 'courier.plans-copied', 'courier.attempt-recorded'];

/** Somebody puts an object at a key that was planned and not written yet. */
function plantStranger({ world, tables, customers }: DeliveryStage, point: string): void {
  if (world.faults.isCalm || !BEFORE_THE_PUT.includes(point) || !world.random.chance(0.2)) return;
  const open = tables.plans.rows().filter(({ id }) => tables.receipts.get(id) === undefined);
  if (open.length === 0) return;
  const plan = world.random.pick(open);
  const name = tables.destinations.get(plan.destination)?.bucket ?? '';
  const bucket = customers.byBucket.get(name)?.bucket;
  if (bucket === undefined || bucket.objects.has(plan.key)) return;
  world.log(`a stranger puts ${plan.key}`);
  world.faults.count('world', 'stranger');
  bucket.put(plan.key, Buffer.from('not ours'), STRANGER, world.now());
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliveryAudit } from '../../../services/delivery/src/audit-catalogue.ts';
import { type Change, changeDestination } from '../../../services/delivery/src/change-destination.ts';
import { createDestination } from '../../../services/delivery/src/create-destination.ts';
import { SimPool } from '../postgres/sim-pool.ts';
import type { DestinationRow } from '../postgres/courier-tables.ts';
import type { Themes } from './nemesis.ts';
import type { Running } from './service.ts';
import type { DeliveryStage } from './stage.ts';
import { STRANGER } from './watcher.ts';

const WHO = { actor: { type: 'user', id: 'u_admin' }, context: {} } as const;
const PREFIXES = ['', 'a/', 'b/', 'a/deep/'];
/** Two customers' orgs may share one bucket and prefix; keys have the org in them. */
const BUCKETS = ['bucket-one', 'bucket-two'];

/** Makes the customers' accounts. */
export function addCustomers({ customers, watcher, world }: DeliveryStage): void {
  for (const name of BUCKETS) {
    const customer = customers.add(name, '111122223333');
    watcher.customer(customer.bucket);
    if (world.random.chance(0.2)) customer.mistake = 'region';
  }
}

/** The people who connect buckets and change their minds, through the real use cases. */
export function startAdmin(stage: DeliveryStage, themes: Themes): Running {
  const { world } = stage;
  const process = world.process('admin');
  process.start(async () => {
    const deps = dependencies(stage);
    for (let n = 0; n < 1 + world.random.int(4); n += 1) await connect(stage, deps);
    const meanMs = world.random.pick([3_000, 15_000, 60_000]);
    while (!world.faults.isCalm) {
      await sleep(world.random.float() * 2 * meanMs);
      if (themes.admins)
        await act(stage, deps, themes).catch((error: unknown) => world.log(`admin: ${String(error)}`));
    }
    for (;;) {
      await mend(stage, deps).catch((error: unknown) => world.log(`admin: ${String(error)}`));
      await sleep(5_000);
    }
  });
  return { process, stop: () => process.kill() };
}

type Dependencies = Parameters<typeof createDestination>[0];

function dependencies({ database, partitions, world }: DeliveryStage): Dependencies {
  return {
    pool: new SimPool(database, world.self).pool,
    audit: deliveryAudit,
    partitions,
    defaultWindowSeconds: 5,
    minWindowSeconds: 1,
    newId: () => randomUUID(),
    newExternalId: () => `ext-${randomUUID()}`,
  };
}

async function connect({ world, enriched }: DeliveryStage, deps: Dependencies): Promise<void> {
  const { random } = world;
  const org = random.pick(enriched.orgs);
  const wanted = {
    bucket: random.pick(BUCKETS),
    roleArn: 'arn:aws:iam::111122223333:role/auditorium',
    prefix: random.pick(PREFIXES),
    from: random.chance(0.8) ? 'beginning' : 'now',
    windowSeconds: random.pick([2, 5, 15]),
  } as const;
  const made = await createDestination(deps, org, wanted, WHO).catch((error: unknown) => String(error));
  world.log(
    `admin connects ${org} to ${wanted.bucket}/${wanted.prefix}: ${JSON.stringify(made).slice(0, 80)}`,
  );
}

async function act(stage: DeliveryStage, deps: Dependencies, themes: Themes): Promise<void> {
  const { world, tables } = stage;
  const { random } = world;
  if (random.chance(0.2)) return connect(stage, deps);
  const there = tables.destinations.rows().filter(({ status }) => status !== 'deleted');
  if (there.length === 0) return;
  const one = random.pick(there);
  // A database that was restored has forgotten where a destination has moved since; what lies there already is not found.
  const moves: Change[] = [
    { do: 'change', settings: { prefix: random.pick(PREFIXES) } },
    { do: 'change', settings: { prefix: random.pick(PREFIXES) } },
    { do: 'change', settings: { bucket: random.pick(BUCKETS) } },
  ];
  const change = random.pick<Change>([
    { do: 'pause' },
    { do: 'resume' },
    { do: 'resume' },
    ...(themes.restore ? [] : moves),
    { do: 'change', settings: { windowSeconds: 1 + random.int(10) } },
    { do: 'change', settings: { roleArn: `arn:aws:iam::111122223333:role/r${random.int(9)}` } },
    ...(random.chance(0.3) ? [{ do: 'delete' } as const] : []),
  ]);
  await apply(stage, deps, one, change);
}

async function apply(
  { world }: DeliveryStage,
  deps: Dependencies,
  { id, org }: DestinationRow,
  change: Change,
): Promise<void> {
  const done = await changeDestination(deps, org, id, change, WHO);
  world.log(`admin: ${id.slice(0, 8)} ${JSON.stringify(change)}: ${done.outcome}`);
}

/** When it is calm: what is in the way is moved away, what was paused goes on. */
async function mend(stage: DeliveryStage, deps: Dependencies): Promise<void> {
  const { tables, customers } = stage;
  for (const one of tables.destinations.rows()) {
    const { status, state, bucket } = one;
    if (status !== 'conflict' && status !== 'paused') continue;
    const key = state.conflict ? state.failure?.key : undefined;
    const there = customers.byBucket.get(bucket)?.bucket;
    if (key !== undefined && key !== null) {
      // What lies there and is ours was called a stranger's: that is a fault, and stays to be seen.
      if (there?.objects.has(key) && there.objects.get(key)?.by !== STRANGER) continue;
      there?.delete(key);
    }
    await apply(stage, deps, one, { do: 'resume' });
  }
}

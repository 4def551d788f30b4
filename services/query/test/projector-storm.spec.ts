import {
  NETWORK_FAULTS,
  type NetworkFaultName,
  type PostgresProxy,
  startPostgresProxy,
} from '@auditorium/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createWorld,
  projectedOffsets,
  projectedTo,
  startService,
  until,
  writeVerdicts,
  type Service,
  type World,
} from './query-harness.ts';

let world: World;
let proxy: PostgresProxy;
let service: Service | undefined;
beforeEach(async () => {
  world = await createWorld();
  proxy = await startPostgresProxy(world.databaseUrl);
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await proxy.close();
  await world.close();
});

const accepted = (from: number, to: number): { raw: number }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ raw: from + index }));

describe.each(Object.keys(NETWORK_FAULTS) as NetworkFaultName[])('%s before PostgreSQL', (name) => {
  it('costs the projector time: each event is in the view once, and the service says how it is', async () => {
    service = await startService({
      ...world,
      settings: { ...world.settings, AUDITORIUM_DATABASE_URL: proxy.url },
    });
    await writeVerdicts(world, 'org_a', accepted(0, 49));
    await until(async () => (await projectedTo(world, 'org_a')) === 49);
    proxy.connections.clear();
    const end = NETWORK_FAULTS[name](proxy);
    await writeVerdicts(world, 'org_a', accepted(50, 149));
    await new Promise((resolve) => setTimeout(resolve, 800));
    const isAway = name !== 'a slow way' && name !== 'cuts, again and again';
    if (isAway) expect((await fetch(new URL('/readyz', service.url))).status).toBe(503);
    end();
    // Three partitions, a relay and readiness ask again; none of them in a loop.
    expect(proxy.connections.of()).toBeLessThan(80);
    await until(async () => (await projectedTo(world, 'org_a')) === 149);
    expect(await projectedOffsets(world, 'org_a')).toEqual(accepted(0, 149).map(({ raw }) => raw));
    await until(async () => (await fetch(new URL('/readyz', service!.url))).status === 200);
  });
});

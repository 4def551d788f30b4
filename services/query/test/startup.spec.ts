import { createServer, type AddressInfo } from 'node:net';
import { partitionOf } from '@auditorium/events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, PARTITIONS, publishOrg, startService, until, type World } from './query-harness.ts';

const ORG = 'org_acme';
let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

it('WS5 a permission that was taken away does not come back while the service starts', async () => {
  const mel = { user: 'u_mel', admin: false, permissions: ['LOG-MANAGEMENT'] };
  await publishOrg(world, ORG, [mel], 1);
  await fillDirectory();
  await publishOrg(world, ORG, [{ ...mel, permissions: [] }], 2);
  const port = await freePort();
  const settings = { ...world.settings, AUDITORIUM_PORT: port };
  const statuses = new Set<number>();
  let started = false;
  const asking = until(async () => {
    statuses.add(await statusFor(port, 'u_mel'));
    return started && statuses.has(403);
  });
  const service = await startService({ ...world, settings });
  started = true;
  await asking;
  expect([...statuses].filter((status) => status !== 0)).toEqual([403]);
  await service.stop();
});

/** Records enough for the follower to need several fetches. */
async function fillDirectory(): Promise<void> {
  const members = Array.from({ length: 200 }, (_, n) => ({ user: `u_${n}`, admin: false, permissions: [] }));
  const value = Buffer.from(JSON.stringify({ org: 'org_other', version: 1, members }));
  const messages = Array.from({ length: 50 }, () => ({ key: 'org_other', value }));
  for (let sent = 0; sent < 40; sent += 1) {
    await world.producer.send(world.topics.access, partitionOf(ORG, PARTITIONS), messages);
  }
}

async function statusFor(port: number, subject: string): Promise<number> {
  const headers = { authorization: `Bearer ${world.issuer.tokenFor(subject)}` };
  const url = `http://127.0.0.1:${port}/api/v1/orgs/acme/events`;
  return fetch(url, { headers }).then(
    ({ status }) => status,
    () => 0,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

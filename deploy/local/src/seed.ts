import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import { makeBucket, putCustomerRole, REGION, roleArn } from './aws-accounts.ts';
import { CLIENTS, DEMO_ORGS, DEMO_USERS, type DemoOrg } from './demo.ts';
import type { Say } from './progress.ts';
import type { SeedMemory } from './seed-memory.ts';
import { setupError } from './setup-error.ts';

/** The role in a customer's account by which we write its bucket. */
const ROLE = 'auditorium-audit-logs-sync';
/** A service learns of an organisation through a topic, moments after the directory has it. */
const LEARN_MS = 20_000;

/** Makes the customers' buckets, and the roles of destinations that exist since an earlier start. */
export async function seedCustomerRoles(endpoint: string, memory: SeedMemory): Promise<void> {
  for (const org of DEMO_ORGS) {
    await makeBucket(endpoint, org.account, org.bucket);
    const externalId = memory.externalId(org.id);
    if (externalId !== undefined) await putRole(endpoint, org, externalId);
  }
}

const putRole = (endpoint: string, org: DemoOrg, externalId: string): Promise<string> =>
  putCustomerRole(endpoint, { account: org.account, name: ROLE, bucket: org.bucket, externalId });

/** Makes the demo's organisations with their people, once: what somebody changed since then stays changed. */
export async function seedOrganisations(directory: Api, memory: SeedMemory, say: Say): Promise<void> {
  for (const org of DEMO_ORGS.filter(({ id }) => !memory.isPeopled(id))) {
    await seedOrganisation(directory, org);
    memory.peopled(org.id);
    say(`organisation ${org.slug} is made`);
  }
}

/** The CLI's client is its first admin and invites the others. Each step may be there from a start that was killed. */
async function seedOrganisation(directory: Api, { id, slug, name, plan, people }: DemoOrg): Promise<void> {
  const admin = { user: CLIENTS.cli, name: 'Auditorium CLI' };
  await directory.call('POST', '/api/v1/orgs', { id, slug, name, plan, admin }, [409]);
  const members = DEMO_USERS.filter(({ user }) => people.includes(user)).map(
    ({ user, name: called, email }) => ({
      user,
      name: called,
      email,
      admin: people[0] === user,
    }),
  );
  await directory.call('POST', `/api/v1/orgs/${slug}/members`, { members });
  const auditor = { id: 'auditor', name: 'Auditor', permissions: ['LOG-MANAGEMENT'] };
  await directory.call('POST', `/api/v1/orgs/${slug}/roles`, auditor, [409]);
  const auditors = { id: 'auditors', name: 'Auditors', roles: ['auditor'], members: people.slice(1, 2) };
  await directory.call('POST', `/api/v1/orgs/${slug}/groups`, auditors, [409]);
}

/** A destination, as far as seeding cares. */
interface Destination {
  id: string;
  bucket: string;
  externalId: string;
}

/**
 * Connects each organisation's bucket as its admin would: create the destination, put the external ID that we made into
 * the role's trust, test, resume. One that an earlier start was killed over is taken up where it stands.
 */
export async function seedDestinations(
  delivery: Api,
  memory: SeedMemory,
  endpoint: string,
  say: Say,
): Promise<void> {
  for (const org of DEMO_ORGS.filter(({ id }) => memory.externalId(id) === undefined)) {
    const path = `/api/v1/orgs/${org.slug}/destinations`;
    const { id, externalId } =
      (await findDestination(delivery, path, org)) ?? (await createDestination(delivery, path, org));
    await putRole(endpoint, org, externalId);
    await delivery.call('POST', `${path}/${id}/test`, {});
    await delivery.call('POST', `${path}/${id}/resume`, {}, [409]);
    memory.connected(org.id, externalId);
    say(`the bucket of ${org.slug} is connected`);
  }
}

async function findDestination(delivery: Api, path: string, org: DemoOrg): Promise<Destination | undefined> {
  for (const until = Date.now() + LEARN_MS; ; await sleep(100)) {
    const later = Date.now() < until;
    const list = await delivery.call<{ destinations: Destination[] }>(
      'GET',
      path,
      undefined,
      later ? [403, 404] : [],
    );
    if (list) return list.destinations.find((each) => each.bucket === org.bucket);
  }
}

async function createDestination(delivery: Api, path: string, org: DemoOrg): Promise<Destination> {
  const settings = {
    name: `${org.name} audit events`,
    bucket: org.bucket,
    roleArn: roleArn(org.account, ROLE),
    region: REGION,
  };
  const made = await delivery.call<Destination>('POST', path, settings);
  if (made === undefined) throw setupError(`delivery made no destination for ${org.slug}.`);
  return made;
}

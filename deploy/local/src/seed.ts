import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from './api.ts';
import { makeBucket, putCustomerRole, REGION, roleArn } from './aws-accounts.ts';
import { DEMO_ORGS, DEMO_USERS, type DemoOrg } from './demo.ts';
import type { Say } from './progress.ts';
import { SetupError } from './setup-error.ts';

/** The role in a customer's account by which we write its bucket. */
const ROLE = 'auditorium-audit-logs-sync';

/** External IDs by org: our service made them, the customer's role names them. Kept, because the stand-in forgets. */
type ExternalIds = Record<string, string>;

const externalIdFile = (dataDir: string): string => join(dataDir, 'external-ids.json');

function readExternalIds(dataDir: string): ExternalIds {
  const file = externalIdFile(dataDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ExternalIds) : {};
}

/** Makes the customers' buckets, and the roles of destinations that exist since an earlier start. */
export async function seedCustomerRoles(dataDir: string, endpoint: string, fresh: boolean): Promise<void> {
  if (fresh) rmSync(externalIdFile(dataDir), { force: true });
  const known = readExternalIds(dataDir);
  for (const org of DEMO_ORGS) {
    await makeBucket(endpoint, org.account, org.bucket);
    const externalId = known[org.id];
    if (externalId !== undefined) await putRole(endpoint, org, externalId);
  }
}

const putRole = (endpoint: string, org: DemoOrg, externalId: string): Promise<string> =>
  putCustomerRole(endpoint, { account: org.account, name: ROLE, bucket: org.bucket, externalId });

/** Makes the demo's organisations with their people; what is there already stays as it is. */
export async function seedOrganisations(directory: Api, say: Say): Promise<void> {
  for (const org of DEMO_ORGS) {
    if (await directory.call('GET', `/api/v1/orgs/${org.slug}`, undefined, [403, 404])) continue;
    const admin = DEMO_USERS.find((user) => user.user === org.admin);
    const { id, slug, name, plan } = org;
    await directory.call('POST', '/api/v1/orgs', {
      id,
      slug,
      name,
      plan,
      admin: { user: admin?.user, name: admin?.name, email: admin?.email },
    });
    say(`organisation ${slug} is made`);
  }
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
  dataDir: string,
  endpoint: string,
  say: Say,
): Promise<void> {
  const externalIds = readExternalIds(dataDir);
  for (const org of DEMO_ORGS.filter(({ id }) => externalIds[id] === undefined)) {
    const path = `/api/v1/orgs/${org.slug}/destinations`;
    const { id, externalId } =
      (await findDestination(delivery, path, org)) ?? (await createDestination(delivery, path, org));
    await putRole(endpoint, org, externalId);
    await delivery.call('POST', `${path}/${id}/test`, {});
    await delivery.call('POST', `${path}/${id}/resume`, {}, [409]);
    externalIds[org.id] = externalId;
    writeExternalIds(dataDir, externalIds);
    say(`the bucket of ${org.slug} is connected`);
  }
}

async function findDestination(delivery: Api, path: string, org: DemoOrg): Promise<Destination | undefined> {
  const list = await delivery.call<{ destinations: Destination[] }>('GET', path);
  return list?.destinations.find((each) => each.bucket === org.bucket);
}

async function createDestination(delivery: Api, path: string, org: DemoOrg): Promise<Destination> {
  const settings = {
    name: `${org.name} audit events`,
    bucket: org.bucket,
    roleArn: roleArn(org.account, ROLE),
    region: REGION,
  };
  const made = await delivery.call<Destination>('POST', path, settings);
  if (made === undefined) throw new SetupError(`delivery made no destination for ${org.slug}.`);
  return made;
}

function writeExternalIds(dataDir: string, externalIds: ExternalIds): void {
  const file = externalIdFile(dataDir);
  writeFileSync(`${file}.new`, JSON.stringify(externalIds));
  renameSync(`${file}.new`, file);
}

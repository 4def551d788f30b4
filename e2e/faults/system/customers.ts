import { setTimeout as sleep } from 'node:timers/promises';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import {
  type Api,
  type AwsStandIn,
  makeBucket,
  putCustomerRole,
  REGION,
  roleArn,
  rootOf,
  s3Client,
} from '@auditorium/local';

/** An org with a bucket of its own. */
export interface Customer {
  readonly org: string;
  readonly account: string;
  readonly bucket: string;
  /** Its destination's id. */
  readonly destination: string;
}

const ROLE = 'audit-logs';
const FIRST_ACCOUNT = 300_000_000_001;
/** How long a service may take to hear of a new org. */
const LEARN_MS = 30_000;

export const slugOf = (org: string): string => org.replaceAll('_', '-');

/** Makes an org in the directory, with the operator as its admin; one that is there already is left as it is. */
export async function createOrg(directory: Api, org: string, operator: string): Promise<void> {
  const admin = { user: operator, name: 'Operator', email: 'operator@faults.example' };
  const body = { id: org, slug: slugOf(org), name: `The org ${org}`, plan: 'enterprise', admin };
  await directory.call('POST', '/api/v1/orgs', body, [409]);
}

/** Gives each org a bucket that keeps all versions, a destination, and the role that trusts us for it. */
export async function connectCustomers(
  orgs: readonly string[],
  {
    directory,
    delivery,
    aws,
    operator,
  }: { directory: Api; delivery: Api; aws: AwsStandIn; operator: string },
): Promise<Customer[]> {
  for (const org of orgs) await createOrg(directory, org, operator);
  const customers: Customer[] = [];
  for (const [index, org] of orgs.entries()) {
    const account = String(FIRST_ACCOUNT + index);
    const bucket = `faults-${slugOf(org)}`;
    await makeVersionedBucket(aws.endpoint, account, bucket);
    const made = await createDestination(delivery, org, {
      bucket,
      roleArn: roleArn(account, ROLE),
      region: REGION,
    });
    await putCustomerRole(aws.endpoint, { account, name: ROLE, bucket, externalId: made.externalId });
    customers.push({ org, account, bucket, destination: made.id });
  }
  return customers;
}

async function makeVersionedBucket(endpoint: string, account: string, bucket: string): Promise<void> {
  await makeBucket(endpoint, account, bucket);
  const s3 = s3Client(endpoint, rootOf(account));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  s3.destroy();
}

async function createDestination(
  delivery: Api,
  org: string,
  settings: object,
): Promise<{ id: string; externalId: string }> {
  for (const until = Date.now() + LEARN_MS; ; await sleep(200)) {
    const unknown = Date.now() < until ? [403, 404] : [];
    const path = `/api/v1/orgs/${slugOf(org)}/destinations`;
    const made = await delivery.call<{ id: string; externalId: string }>('POST', path, settings, unknown);
    if (made !== undefined) return made;
  }
}

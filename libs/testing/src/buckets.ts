import { randomInt } from 'node:crypto';
import {
  denyCustomerRole,
  makeBucket,
  PLATFORM_ACCOUNT,
  PLATFORM_BUCKETS,
  putCustomerRole,
  roleArn,
  rootOf,
  s3Client,
} from '@auditorium/local';
import { uniqueName, useServers } from './servers.ts';

/** An S3 client of the AWS SDK, as the local servers make it. */
type RootClient = ReturnType<typeof s3Client>;

/** Who our services are in the stand-in for AWS: may write the platform's buckets and assume roles. */
export async function platformCredentials() {
  return (await useServers()).platformCredentials;
}

/** @returns the name of a new bucket of the platform's account, which `platformCredentials` may read and write. */
export async function createBucket(): Promise<string> {
  const { s3Endpoint } = await useServers();
  const bucket = `${PLATFORM_BUCKETS}${uniqueName()}`;
  await makeBucket(s3Endpoint, PLATFORM_ACCOUNT, bucket);
  return bucket;
}

/** A customer's AWS account with a bucket, and a role that may write to it. */
export interface Customer {
  accountId: string;
  bucket: string;
  roleArn: string;
  /** What the role asks for; undefined: nothing. */
  externalId: string | undefined;
  /** Reads the bucket in the customer's name, past every check. */
  root: RootClient;
  /** Sets the external ID that the role asks for from now on, as a customer does with the one we made. */
  trust(externalId: string | undefined): Promise<void>;
  /** Takes away the permission to write; `trust` gives it back. */
  deny(): Promise<void>;
}

/** Makes a customer in an account of its own. `externalId: undefined` makes a role that asks for none. */
export async function createCustomer(
  options: { externalId?: string | undefined; prefix?: string } = {},
): Promise<Customer> {
  const { s3Endpoint } = await useServers();
  const accountId = String(randomInt(200_000_000_000, 1_000_000_000_000));
  const bucket = `customer-${uniqueName()}`;
  const role = { account: accountId, name: 'audit-logs-sync', bucket, prefix: options.prefix ?? '' };
  const customer: Customer = {
    accountId,
    bucket,
    roleArn: roleArn(accountId, role.name),
    externalId: 'externalId' in options ? options.externalId : `ext-${uniqueName()}`,
    root: s3Client(s3Endpoint, rootOf(accountId)),
    trust: async (externalId) => {
      customer.externalId = externalId;
      await putCustomerRole(s3Endpoint, { ...role, externalId });
    },
    deny: () => denyCustomerRole(s3Endpoint, role),
  };
  await makeBucket(s3Endpoint, accountId, bucket);
  await customer.trust(customer.externalId);
  return customer;
}

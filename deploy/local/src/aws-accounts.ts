import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** An access key. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The account that Auditorium itself runs in. */
export const PLATFORM_ACCOUNT = '100000000001';
/** Who our services are in it, and so whom a customer's role trusts. */
export const PLATFORM_PRINCIPAL = `arn:aws:iam::${PLATFORM_ACCOUNT}:user/auditorium`;
/** The services may touch no other bucket of the platform's account. */
export const PLATFORM_BUCKETS = 'auditorium-';
export const REGION = 'us-east-1';

/**
 * The root key of an account of the stand-in: any 12 digits. It bypasses every check, so it only seeds and, in the
 * customer's name, reads.
 */
export const rootOf = (account: string): Credentials => ({ accessKeyId: account, secretAccessKey: 'test' });

/** An S3 client of the stand-in. */
export function s3Client(endpoint: string, credentials: Credentials): S3Client {
  return new S3Client({ endpoint, credentials, region: REGION, forcePathStyle: true });
}

const iamClient = (endpoint: string, account: string): IAMClient =>
  new IAMClient({ endpoint, credentials: rootOf(account), region: REGION });

/** Makes the services' user, what it may do, and a key for it. The stand-in forgets all three at each start. */
export async function seedPlatformUser(endpoint: string): Promise<Credentials> {
  const iam = iamClient(endpoint, PLATFORM_ACCOUNT);
  const UserName = 'auditorium';
  await unlessExists(iam.send(new CreateUserCommand({ UserName })));
  const statements = [
    allow(['sts:AssumeRole', 'sts:TagSession'], ['arn:aws:iam::*:role/*']),
    allow(['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], [`arn:aws:s3:::${PLATFORM_BUCKETS}*/*`]),
    allow(['s3:ListBucket', 's3:GetBucketLocation'], [`arn:aws:s3:::${PLATFORM_BUCKETS}*`]),
  ];
  await iam.send(
    new PutUserPolicyCommand({ UserName, PolicyName: 'services', PolicyDocument: policy(statements) }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** Makes a bucket in an account; one that the account has already is left as it is. */
export async function makeBucket(endpoint: string, account: string, bucket: string): Promise<void> {
  const s3 = s3Client(endpoint, rootOf(account));
  await unlessExists(s3.send(new CreateBucketCommand({ Bucket: bucket })));
  s3.destroy();
}

/** What a customer sets up for a destination, by the instructions that the console shows. */
export interface CustomerRole {
  account: string;
  name: string;
  bucket: string;
  /** Keys it may write begin with this; '' for the whole bucket. */
  prefix?: string;
  /** Absent: the role trusts the platform without one. */
  externalId?: string | undefined;
  principal?: string;
}

/** Makes the role, or gives the existing one the trust and permission named. @returns its ARN */
export async function putCustomerRole(endpoint: string, role: CustomerRole): Promise<string> {
  const iam = iamClient(endpoint, role.account);
  const trust = trustPolicy(role.principal ?? PLATFORM_PRINCIPAL, role.externalId);
  await unlessExists(
    iam.send(new CreateRoleCommand({ RoleName: role.name, AssumeRolePolicyDocument: trust })),
  );
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role.name, PolicyDocument: trust }));
  const resource = `arn:aws:s3:::${role.bucket}/${role.prefix ?? ''}*`;
  const PolicyDocument = policy([allow(['s3:PutObject'], [resource])]);
  await iam.send(
    new PutRolePolicyCommand({ RoleName: role.name, PolicyName: 'audit-logs-write', PolicyDocument }),
  );
  iam.destroy();
  return roleArn(role.account, role.name);
}

/** Takes the role's permission to write away, as a customer does by mistake; `putCustomerRole` gives it back. */
export async function denyCustomerRole(
  endpoint: string,
  role: Pick<CustomerRole, 'account' | 'name'>,
): Promise<void> {
  const iam = iamClient(endpoint, role.account);
  const PolicyDocument = policy([{ Effect: 'Deny', Action: ['s3:PutObject'], Resource: ['*'] }]);
  await iam.send(
    new PutRolePolicyCommand({ RoleName: role.name, PolicyName: 'audit-logs-write', PolicyDocument }),
  );
  iam.destroy();
}

export const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;

function trustPolicy(principal: string, externalId: string | undefined): string {
  const condition =
    externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } };
  const statement = { Effect: 'Allow', Principal: { AWS: principal } };
  return policy([{ ...statement, Action: ['sts:AssumeRole'], ...condition }]);
}

const policy = (statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (actions: string[], resources: string[]) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
});

async function unlessExists(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    const name = (error as Error).name;
    if (!/^(EntityAlreadyExists|BucketAlreadyOwnedByYou|BucketAlreadyExists)/.test(name)) throw error;
  }
}

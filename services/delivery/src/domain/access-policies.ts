import type { DestinationSettings } from './destination-settings.ts';

/** A policy document of AWS. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

const partitionOfArn = (arn: string): string => arn.split(':')[1] ?? 'aws';

/** What the customer puts on the role: only we may assume it, and only with this external ID. */
export function trustPolicy(platformPrincipalArn: string, externalId: string): PolicyDocument {
  const condition = { StringEquals: { 'sts:ExternalId': externalId } };
  const principal = { AWS: platformPrincipalArn };
  return policy({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition });
}

/**
 * What the role needs, and all that we ask for: it is also the session policy of every `AssumeRole`, so that we have no
 * more than this even where the role has.
 */
export function permissionPolicy({
  roleArn,
  bucket,
  prefix,
  kmsKeyArn,
}: DestinationSettings): PolicyDocument {
  const resource = `arn:${partitionOfArn(roleArn)}:s3:::${bucket}/${prefix}*`;
  const write = { Effect: 'Allow', Action: 's3:PutObject', Resource: resource };
  if (kmsKeyArn === null) return policy(write);
  return policy(write, { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: kmsKeyArn });
}

const policy = (...statements: object[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** STS wants 2 characters at least; an org id has no dot, so that no two orgs share a name. */
export function sessionNameOf(org: string): string {
  return org.length > 1 ? org : `${org}.`;
}

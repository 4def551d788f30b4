import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  createBucket,
  createCustomer,
  createDatabase,
  platformCredentials,
  topicPrefix,
  useIssuer,
  useServers,
} from '../src/index.ts';
import { s3Client } from '@auditorium/local';

async function sts() {
  const { stsEndpoint } = await useServers();
  return new STSClient({
    endpoint: stsEndpoint,
    region: 'us-east-1',
    credentials: await platformCredentials(),
  });
}

describe('what tests stand on', () => {
  it('gives each test a database of its own', async () => {
    const urls = [await createDatabase(), await createDatabase()];
    expect(new Set(urls).size).toBe(2);
    const client = new pg.Client({ connectionString: urls[0] });
    await client.connect();
    const { rows } = await client.query(
      'SELECT datcollate, pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = current_database()',
    );
    await client.end();
    expect(rows[0]).toMatchObject({ encoding: 'UTF8' });
  });

  it('gives each test topic names of its own', () => {
    expect(topicPrefix()).not.toBe(topicPrefix());
  });

  it('gives a platform bucket that our services may write and read', async () => {
    const bucket = await createBucket();
    const s3 = s3Client((await useServers()).s3Endpoint, await platformCredentials());
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'x' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a' }));
    expect(await Body?.transformToString()).toBe('x');
  });

  it("lets our services into a customer's bucket only by the role and its external ID", async () => {
    const customer = await createCustomer();
    const direct = s3Client((await useServers()).s3Endpoint, await platformCredentials());
    const put = new PutObjectCommand({ Bucket: customer.bucket, Key: 'a', Body: 'x' });
    await expect(direct.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    const assume = (ExternalId: string) =>
      new AssumeRoleCommand({ RoleArn: customer.roleArn, RoleSessionName: 'org_acme', ExternalId });
    await expect((await sts()).send(assume('another'))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    const { Credentials } = await (await sts()).send(assume(customer.externalId ?? ''));
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    await s3Client((await useServers()).s3Endpoint, session).send(put);
    const read = await customer.root.send(new GetObjectCommand({ Bucket: customer.bucket, Key: 'a' }));
    expect(await read.Body?.transformToString()).toBe('x');
  });

  it('a role that was denied writes nothing until it is mended', async () => {
    const customer = await createCustomer();
    await customer.deny();
    const assume = new AssumeRoleCommand({
      RoleArn: customer.roleArn,
      RoleSessionName: 's',
      ExternalId: customer.externalId,
    });
    const { Credentials } = await (await sts()).send(assume);
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const put = new PutObjectCommand({ Bucket: customer.bucket, Key: 'a', Body: 'x' });
    await expect(s3Client((await useServers()).s3Endpoint, session).send(put)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('issues tokens for anybody, by keys that anybody can fetch', async () => {
    const issuer = await useIssuer();
    const metadata = (await (await fetch(`${issuer.issuer}/.well-known/openid-configuration`)).json()) as {
      jwks_uri: string;
    };
    const { keys } = (await (await fetch(metadata.jwks_uri)).json()) as { keys: { kid: string }[] };
    const header = JSON.parse(
      Buffer.from(issuer.tokenFor('u_ada').split('.')[0] ?? '', 'base64url').toString(),
    ) as { kid: string };
    expect(keys.map((key) => key.kid)).toContain(header.kid);
    await issuer.close();
  });
});

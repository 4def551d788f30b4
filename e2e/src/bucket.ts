import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '@auditorium/local';
import type { Running } from './start-system.ts';

/** An object of a customer's bucket, read with the customer's own credentials. */
export interface BucketObject {
  readonly key: string;
  /** The lines of the unpacked object. */
  readonly lines: string[];
}

/** Everything that was delivered to an org's bucket, in the order of keys; test objects left out. */
export async function bucketObjects(running: Running, slug: string): Promise<BucketObject[]> {
  const org = running.local.orgs.find((each) => each.slug === slug);
  if (org === undefined) throw new Error(`no org ${slug}`);
  const client = s3Client(running.local.s3Endpoint, org.credentials);
  try {
    const objects: BucketObject[] = [];
    for (const key of await keysOf(client, org.bucket)) {
      if (key.endsWith('.ndjson.gz')) objects.push({ key, lines: await linesOf(client, org.bucket, key) });
    }
    return objects;
  } finally {
    client.destroy();
  }
}

async function keysOf(client: S3Client, bucket: string): Promise<string[]> {
  const keys: string[] = [];
  for (let token: string | undefined; ;) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
    token = page.NextContinuationToken;
    if (token === undefined) return keys;
  }
}

async function linesOf(client: S3Client, bucket: string, key: string): Promise<string[]> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (Body === undefined) throw new Error(`${key} has no body`);
  const text = gunzipSync(await Body.transformToByteArray()).toString('utf8');
  return text.split('\n').slice(0, -1);
}

import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { rootOf, s3Client } from '@auditorium/local';
import type { DeliveredObject } from '../checker/index.ts';
import type { Customer } from '../system/customers.ts';

/** `…/{first}-{last}-{suffix}.ndjson.gz`, as the layout says. */
const KEY = /\/(\d+)-\d+-[0-9a-f]{10}\.ndjson\.gz$/;

/** Every version of every object in the customers' buckets, in the customers' names; test objects left out. */
export async function readBuckets(
  endpoint: string,
  customers: readonly Customer[],
): Promise<DeliveredObject[]> {
  const objects = await Promise.all(customers.map((customer) => readBucket(endpoint, customer)));
  return objects.flat();
}

async function readBucket(
  endpoint: string,
  { account, bucket, destination }: Customer,
): Promise<DeliveredObject[]> {
  const client = s3Client(endpoint, rootOf(account));
  const objects: DeliveredObject[] = [];
  for await (const { key, version } of versionsOf(client, bucket)) {
    if (/auditorium-test-[^/]*\.txt$/.test(key)) continue;
    const first = KEY.exec(key)?.[1];
    if (first === undefined) throw new Error(`what is ${bucket}/${key}?`);
    objects.push({
      destination,
      key,
      version,
      first: Number(first),
      lines: await linesOf(client, bucket, key, version),
    });
  }
  client.destroy();
  return objects;
}

async function* versionsOf(
  client: S3Client,
  bucket: string,
): AsyncGenerator<{ key: string; version: string }> {
  let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...from }));
    if ((page.DeleteMarkers ?? []).length > 0) throw new Error(`somebody deleted from ${bucket}`);
    for (const { Key, VersionId } of page.Versions ?? []) yield { key: Key ?? '', version: VersionId ?? '' };
    if (page.IsTruncated !== true) return;
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

async function linesOf(client: S3Client, bucket: string, key: string, version: string): Promise<Buffer[]> {
  const wanted = { Bucket: bucket, Key: key, VersionId: version };
  const { Body } = await client.send(new GetObjectCommand(wanted));
  const text = gunzipSync(await Body!.transformToByteArray());
  const lines: Buffer[] = [];
  for (let from = 0, end = text.indexOf(0x0a); end >= 0; from = end + 1, end = text.indexOf(0x0a, from))
    lines.push(text.subarray(from, end));
  return lines;
}

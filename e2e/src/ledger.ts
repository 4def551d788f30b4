import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { readFooter, readRun, rawOffsetsOf, runOf } from '@auditorium/ledger';
import { PLATFORM_ACCOUNT, PLATFORM_BUCKETS, rootOf, s3Client } from '@auditorium/local';
import pg from 'pg';
import type { Running } from './start-system.ts';

const BUCKET = `${PLATFORM_BUCKETS}ledger`;

/** An event in the ledger. */
export interface LedgerLine {
  readonly sequence: number;
  readonly rawOffset: number;
  readonly line: string;
}

/** An org's whole ledger, read as an outsider would: from its head back along the chain of runs, every digest checked. */
export async function ledgerOf(running: Running, org: string): Promise<LedgerLine[]> {
  const client = s3Client(running.local.s3Endpoint, rootOf(PLATFORM_ACCOUNT));
  const lines: LedgerLine[][] = [];
  try {
    for (let key = await headOf(running, org); key !== null;) {
      const bytes = await objectOf(client, key);
      const entry = runOf(readFooter(bytes, bytes.length), org);
      if (entry === undefined) throw new Error(`the chain of ${org} leads to ${key}, which has no run of it`);
      const run = readRun(bytes.subarray(entry.offset, entry.offset + entry.length), entry);
      const offsets = rawOffsetsOf(entry);
      lines.push(
        [...run.lines()].map((line, index) => ({
          sequence: entry.first + index,
          rawOffset: offsets[index] as number,
          line: line.toString('utf8'),
        })),
      );
      key = entry.previous;
    }
  } finally {
    client.destroy();
  }
  return lines.toReversed().flat();
}

async function headOf(running: Running, org: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: running.local.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string }>(
      'SELECT s.key FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment WHERE h.org = $1',
      [org],
    );
    return rows[0]?.key ?? null;
  } finally {
    await client.end();
  }
}

async function objectOf(client: S3Client, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  if (Body === undefined) throw new Error(`${key} has no body`);
  return Buffer.from(await Body.transformToByteArray());
}

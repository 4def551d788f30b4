import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  decodeRejected,
  readFooter,
  readRun,
  rawOffsetsOf,
  runOf,
  type RejectedRecord,
} from '@auditorium/ledger';
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

/** The line of the ledger's rejected runs that stands at a raw offset. */
export async function rejectedAt(
  running: Running,
  partition: number,
  rawOffset: number,
): Promise<(RejectedRecord & { rawOffset: number }) | undefined> {
  const sql = `SELECT key FROM delivery.segment
    WHERE partition = $1 AND state = 'sealed' AND raw_from <= $2 AND raw_last >= $2`;
  const [row] = await ask<{ key: string }>(running, sql, [partition, rawOffset]);
  if (row === undefined) return undefined;
  const client = s3Client(running.local.s3Endpoint, rootOf(PLATFORM_ACCOUNT));
  const bytes = await objectOf(client, row.key);
  client.destroy();
  const { rejected } = readFooter(bytes, bytes.length);
  if (rejected === null) return undefined;
  const run = readRun(bytes.subarray(rejected.offset, rejected.offset + rejected.length), rejected);
  return [...run.lines()].map(decodeRejected).find((line) => line.rawOffset === rawOffset);
}

async function headOf(running: Running, org: string): Promise<string | null> {
  const sql =
    'SELECT s.key FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment WHERE h.org = $1';
  return (await ask<{ key: string }>(running, sql, [org]))[0]?.key ?? null;
}

async function ask<R extends pg.QueryResultRow>(
  running: Running,
  sql: string,
  values: unknown[],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: running.local.databaseUrl });
  await client.connect();
  try {
    return (await client.query<R>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function objectOf(client: S3Client, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  if (Body === undefined) throw new Error(`${key} has no body`);
  return Buffer.from(await Body.transformToByteArray());
}

import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { decodeRejected, type Footer, rawOffsetsOf, readFooter, readRun, runOf } from '@auditorium/ledger';
import { LEDGER_BUCKET, PLATFORM_ACCOUNT, rootOf, s3Client } from '@auditorium/local';
import type pg from 'pg';
import type { LedgerLine, RejectedRecord } from '../checker/index.ts';

interface Segment {
  readonly footer: Footer;
  readonly bytes: Buffer;
}

/** Objects fetched at once. */
const AT_ONCE = 8;

/**
 * The whole ledger: each org's history from its head back along the chain of runs, every digest checked, each segment
 * fetched once. What lies in sealed segments must be on some chain.
 */
export async function readLedger(
  database: pg.Pool,
  endpoint: string,
): Promise<{ ledger: LedgerLine[]; rejected: RejectedRecord[] }> {
  const segments = await fetchSegments(database, endpoint);
  const { rows: heads } = await database.query<{ org: string; key: string }>(
    'SELECT h.org, s.key FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment',
  );
  const ledger = heads.flatMap(({ org, key }) => historyOf(segments, org, key));
  const sealed = [...segments.values()].reduce((sum, { footer }) => sum + footer.counts.accepted, 0);
  if (sealed !== ledger.length)
    throw new Error(`sealed segments hold ${sealed} events, the chains of all orgs lead to ${ledger.length}`);
  return { ledger, rejected: [...segments.values()].flatMap(rejectedOf) };
}

async function fetchSegments(database: pg.Pool, endpoint: string): Promise<Map<string, Segment>> {
  const client = s3Client(endpoint, rootOf(PLATFORM_ACCOUNT));
  const { rows } = await database.query<{ key: string }>(
    `SELECT key FROM delivery.segment WHERE state = 'sealed'`,
  );
  const segments = new Map<string, Segment>();
  const fetch = async (): Promise<void> => {
    for (let row = rows.pop(); row !== undefined; row = rows.pop()) {
      const bytes = await objectOf(client, row.key);
      segments.set(row.key, { bytes, footer: readFooter(bytes, bytes.length) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetch));
  client.destroy();
  return segments;
}

function historyOf(segments: ReadonlyMap<string, Segment>, org: string, head: string): LedgerLine[] {
  const lines: LedgerLine[] = [];
  for (let key: string | null = head; key !== null;) {
    const segment = segments.get(key);
    const entry = segment && runOf(segment.footer, org);
    if (segment === undefined || entry === undefined)
      throw new Error(`the chain of ${org} leads to ${key}, which has no run of it`);
    const { partition } = segment.footer;
    const run = readRun(segment.bytes.subarray(entry.offset, entry.offset + entry.length), entry);
    const offsets = rawOffsetsOf(entry);
    for (const [index, line] of [...run.lines()].entries())
      lines.push({ org, sequence: entry.first + index, partition, offset: offsets[index]!, line });
    key = entry.previous;
  }
  return lines;
}

function rejectedOf({ footer, bytes }: Segment): RejectedRecord[] {
  const entry = footer.rejected;
  if (entry === null) return [];
  const run = readRun(bytes.subarray(entry.offset, entry.offset + entry.length), entry);
  return [...run.lines()].map((line) => {
    const { rawOffset: offset, key, digest } = decodeRejected(line);
    return { partition: footer.partition, offset, org: key?.toString() ?? '', digest };
  });
}

async function objectOf(client: S3Client, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: LEDGER_BUCKET, Key: key }));
  return Buffer.from(await Body!.transformToByteArray());
}

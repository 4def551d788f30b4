import { randomBytes } from 'node:crypto';
import { AuditoriumError, encodeEnrichedHeaders } from '@auditorium/events';
import type { FetchedBatch, PartitionTask } from '@auditorium/kafka';
import {
  TAIL_BYTES,
  footerRange,
  readFooter,
  readRun,
  rawOffsetsOf,
  runOf,
  type Footer,
} from '@auditorium/ledger';
import { createS3Store, type ObjectStore } from '@auditorium/object-store';
import { createPool, migrate } from '@auditorium/postgres';
import { createLogger, type Reached } from '@auditorium/telemetry';
import { createBucket, createDatabase, platformCredentials, useServers } from '@auditorium/testing';
import type pg from 'pg';
import type { EnrichedMessage } from '../src/domain/segment-gathering.ts';
import type { EnrichedReader } from '../src/kafka/enriched-reader.ts';
import { SealerWatch } from '../src/kafka/sealer-watch.ts';
import { MIGRATIONS } from '../src/migrations/all.ts';
import { openPartitions, type OpenPartitionDependencies } from '../src/open-partition.ts';
import type { SealerPoint } from '../src/seal-segment.ts';

export interface Ledger {
  databaseUrl: string;
  pool: pg.Pool;
  store: ObjectStore;
  bucket: string;
  close(): Promise<void>;
}

/** A database with our tables and a bucket, both on the real servers. */
export async function createLedger(): Promise<Ledger> {
  const { s3Endpoint } = await useServers();
  const databaseUrl = await createDatabase();
  await migrate({ url: databaseUrl, schema: 'delivery', migrations: MIGRATIONS });
  const pool = createPool({ url: databaseUrl, applicationName: 'test', max: 10 });
  const bucket = await createBucket();
  const store = await storeAt(s3Endpoint, bucket);
  return {
    databaseUrl,
    pool,
    store,
    bucket,
    close: async () => void (await Promise.all([pool.end(), store.close()])),
  };
}

export async function storeAt(endpoint: string, bucket: string, timeoutMs = 5_000): Promise<ObjectStore> {
  const credentials = await platformCredentials();
  return createS3Store({
    endpoint,
    bucket,
    region: 'us-east-1',
    pathStyle: true,
    timeoutMs,
    credentials: async () => credentials,
  });
}

export const silent = createLogger({ service: 'delivery', level: 'silent' });

/** Enriched as it is outside of the batches that a test hands over: whole, and of no interest. */
export const NO_LOG: EnrichedReader = {
  start: async () => 0,
  read: () => {
    throw new Error('nothing of enriched should be read');
  },
};

/** The same over a log that a test has made. */
export function readerOf(log: EnrichedLog, start = 0): EnrichedReader {
  return {
    start: async () => start,
    async *read(partition, from, to) {
      if (from < start) throw new AuditoriumError('position-out-of-range', `the log begins at ${start}`);
      const batch = log.batch(from, to - from);
      if (batch) yield { ...batch, partition };
    },
  };
}

export function dependencies(
  ledger: Pick<Ledger, 'pool' | 'store'>,
  overrides: Partial<OpenPartitionDependencies> = {},
): OpenPartitionDependencies {
  const log = overrides.log ?? silent;
  return {
    pool: ledger.pool,
    store: ledger.store,
    log,
    watch: new SealerWatch(log),
    topic: 'audit.events.raw.v1',
    enriched: NO_LOG,
    now: () => new Date(),
    randomId: () => randomBytes(15).toString('base64url'),
    reached: () => undefined,
    intervalMs: 5,
    segmentBytes: 1e6,
    memoryBytes: 5e7,
    ...overrides,
  };
}

/** What enrichment writes on one raw offset. */
export interface Verdict {
  raw: number;
  from?: number;
  verdict: 'accepted' | 'rejected' | 'repeat';
  org?: string;
  value?: Buffer | null;
}

/** An accepted event as enrichment sends it to Kafka. */
export function acceptedMessage(org: string, rawOffset: number, line: string) {
  const headers = encodeEnrichedHeaders({ verdict: 'accepted', rawOffset, rawFrom: rawOffset, digest: '00' });
  return { key: org, value: Buffer.from(line), headers };
}

/** The enriched log of one partition, as a consumer finds it. */
export class EnrichedLog {
  readonly messages: EnrichedMessage[] = [];

  constructor(verdicts: Verdict[] = []) {
    for (const verdict of verdicts) this.add(verdict);
  }

  add({ raw, from = raw, verdict, org = 'org_acme', value }: Verdict): void {
    const bytes = value === undefined ? Buffer.from(`{"org":"${org}","raw":${raw}}`) : value;
    this.messages.push({
      offset: this.messages.length,
      key: Buffer.from(org),
      value: verdict === 'repeat' ? null : bytes,
      headers: encodeEnrichedHeaders({
        verdict,
        rawOffset: raw,
        rawFrom: from,
        digest: '00',
        ...(verdict === 'rejected'
          ? {
              code: 'not-json' as const,
              length: bytes?.length ?? 0,
            }
          : {}),
      }),
    });
  }

  batch(from: number, most: number): FetchedBatch | undefined {
    const messages = this.messages.slice(from, from + most);
    if (messages.length === 0) return undefined;
    const batch = { from, next: from + messages.length, logEnd: this.messages.length, holes: [] };
    const full = messages.map((message) => ({ ...message, timestamp: 0, headers: { ...message.headers } }));
    return { topic: 'enriched', partition: 0, ...batch, messages: full };
  }
}

/** Thrown at a crash point: from then on the process does nothing any more. */
export class Crash extends Error {}

/** Throws at the `nth` time (from 1) that `point` is reached. */
export function crashAt(point: SealerPoint, nth = 1): Reached<SealerPoint> {
  let seen = 0;
  return (reached) => {
    if (reached !== point) return;
    seen += 1;
    if (seen >= nth) throw new TypeError(`killed at ${point}`, { cause: new Crash() });
  };
}

/**
 * One life of a sealer over one partition: opens, takes everything that the log holds and waits until it is sealed, or
 * until it dies. A death is not a close: nothing is finished or given back.
 */
export async function live(
  deps: OpenPartitionDependencies,
  partition: number,
  log: EnrichedLog,
  batchSize = 7,
): Promise<'sealed' | 'died'> {
  let task: PartitionTask | undefined;
  try {
    const opened = await openPartitions(deps).open(partition);
    task = opened.task;
    let next = opened.next;
    const died = task.failed?.then((error) => Promise.reject(error)) as Promise<never>;
    died.catch(() => undefined);
    for (let batch = log.batch(next, batchSize); batch; batch = log.batch(next, batchSize)) {
      await task.take(batch);
      next = batch.next;
    }
    await Promise.race([died, standsAtEnd(deps.pool, partition, log)]);
    return 'sealed';
  } catch (error) {
    if ((error as Error).cause instanceof Crash) return 'died';
    throw error;
  } finally {
    await task?.close('revoked');
  }
}

async function standsAtEnd(pool: pg.Pool, partition: number, log: EnrichedLog): Promise<void> {
  for (;;) {
    const { rows } = await pool.query('SELECT enriched_next FROM delivery.partition WHERE partition = $1', [
      partition,
    ]);
    if (rows[0]?.enriched_next === log.messages.length) return;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

export interface LedgerEvent {
  sequence: number;
  raw: number;
  line: string;
}

/** An org's whole history as a stranger would read it: from its head back along the chain, by ranged reads. */
export async function history(
  { pool, store }: Pick<Ledger, 'pool' | 'store'>,
  org: string,
): Promise<LedgerEvent[]> {
  const { rows } = await pool.query(
    'SELECT h.sequence, s.key, s.state FROM delivery.org_head h JOIN delivery.segment s ON s.id = h.segment WHERE org = $1',
    [org],
  );
  const events: LedgerEvent[][] = [];
  let sequence: number = rows[0]?.sequence ?? 0;
  let key: string | null = rows[0]?.key ?? null;
  while (key !== null) {
    const footer = await footerOf(store, key);
    const run = runOf(footer, org);
    if (run?.last !== sequence) throw new Error(`${key} ends at ${run?.last}, not ${sequence}`);
    const packed = await store.get(key, { from: run.offset, to: run.offset + run.length - 1 });
    const raws = rawOffsetsOf(run);
    events.unshift(
      [...readRun(packed, run).lines()].map((line, index) => ({
        sequence: run.first + index,
        raw: raws[index] as number,
        line: line.toString(),
      })),
    );
    sequence = run.first - 1;
    key = run.previous;
  }
  if (sequence !== 0) throw new Error(`the chain of ${org} ends at ${sequence}`);
  return events.flat();
}

export async function footerOf(store: ObjectStore, key: string): Promise<Footer> {
  const { bytes, size } = await store.tail(key, TAIL_BYTES);
  const { from } = footerRange(bytes, size);
  return readFooter(from < size - bytes.length ? await store.get(key, { from, to: size - 1 }) : bytes, size);
}

/** The accepted events of an org that its history must hold, in order: the first message for each raw offset, no more. */
export function acceptedOf(log: EnrichedLog, verdicts: Verdict[], org: string): LedgerEvent[] {
  const seen = new Set<number>();
  const accepted: LedgerEvent[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    if (seen.has(verdict.raw)) continue;
    seen.add(verdict.raw);
    if (verdict.verdict !== 'accepted' || (verdict.org ?? 'org_acme') !== org) continue;
    const line = (log.messages[index]?.value ?? Buffer.alloc(0)).toString();
    accepted.push({ sequence: accepted.length + 1, raw: verdict.raw, line });
  }
  return accepted;
}

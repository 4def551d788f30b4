import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { DEFAULT_PARTITIONS, topicsOf } from '@auditorium/events';
import { logOffsets, readPartition } from '@auditorium/kafka';
import pg from 'pg';
import type { History, RawRecord, RejectedRecord, SentEvent, ViewRow } from '../checker/index.ts';
import type { Customer } from '../system/customers.ts';
import { readBuckets } from './read-buckets.ts';
import { readLedger } from './read-ledger.ts';

export interface GatherOptions {
  readonly brokers: readonly string[];
  readonly database: pg.Pool;
  readonly productUrl: string;
  /** Files into which products wrote what they could tell their callers. */
  readonly acknowledged: readonly string[];
  readonly s3Endpoint: string;
  readonly customers: readonly Customer[];
  /** What the direct producer sent. */
  readonly sent: readonly SentEvent[];
}

/** Everything that is to be judged, read from outside. */
export async function gatherHistory(options: GatherOptions): Promise<History> {
  const { database, s3Endpoint, customers } = options;
  const { raw, own } = await readRaw(options.brokers);
  const { ledger, rejected } = await readLedger(database, s3Endpoint);
  return {
    sent: [...options.sent, ...(await sentByProducts(options)), ...own],
    raw,
    ledger,
    rejected,
    destinations: customers.map(({ destination, org }) => ({ id: destination, org, start: 1 })),
    objects: await readBuckets(s3Endpoint, customers),
    view: await readView(database),
    quarantine: await readQuarantine(database),
  };
}

const digestOf = (value: Buffer | null): string => hash('sha256', value ?? Buffer.alloc(0), 'hex');

/** What our own services say of themselves: nobody outside is told of those events, so here raw is the first to know. */
const OWN_SOURCE = /"source":"(auditorium\/(?:directory|delivery|query))"/;

async function readRaw(brokers: readonly string[]): Promise<{ raw: RawRecord[]; own: SentEvent[] }> {
  const raw: RawRecord[] = [];
  const own: SentEvent[] = [];
  const topic = topicsOf().raw;
  const ranges = await logOffsets(brokers, topic);
  for (let partition = 0; partition < DEFAULT_PARTITIONS; partition += 1) {
    if (ranges.get(partition)?.end === 0) continue;
    for await (const batch of readPartition({ brokers, topic, partition, from: 0 })) {
      for (const { offset, key, value } of batch.messages) {
        const record = { org: key?.toString() ?? '', partition, offset, digest: digestOf(value) };
        raw.push(record);
        const source = OWN_SOURCE.exec(value?.toString() ?? '')?.[1];
        if (source !== undefined) own.push(ownEvent(record, source, value!));
      }
    }
  }
  return { raw, own };
}

function ownEvent({ org, digest }: RawRecord, source: string, value: Buffer): SentEvent {
  const { id } = JSON.parse(value.toString()) as { id: string };
  return { org, source, id, digest, acknowledged: false, fate: 'accepted' };
}

/** What was committed, by the product's own table; and what callers were told, by its files. */
async function sentByProducts({ productUrl, acknowledged }: GatherOptions): Promise<SentEvent[]> {
  const client = new pg.Client({ connectionString: productUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string; org: string; digest: string }>(
    'SELECT id, org, digest FROM sent',
  );
  await client.end();
  const told = acknowledged.filter(existsSync).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { id: string; org: string; digest: string }),
  );
  const events = new Map([...rows, ...told].map((event) => [event.id, event]));
  return [...events.values()].map((event) => {
    return { ...event, source: 'faults/product', acknowledged: true, fate: 'accepted' };
  });
}

async function readView(database: pg.Pool): Promise<ViewRow[]> {
  const view: ViewRow[] = [];
  for (let partition = 0; partition < DEFAULT_PARTITIONS; partition += 1) {
    const { rows } = await database.query<{ org: string; raw_offset: string; line: string }>(
      'SELECT org, raw_offset, line FROM query.event WHERE partition = $1',
      [partition],
    );
    for (const { org, raw_offset: offset, line } of rows)
      view.push({ org, partition, offset: Number(offset), line: Buffer.from(line) });
  }
  return view;
}

async function readQuarantine(database: pg.Pool): Promise<RejectedRecord[]> {
  const { rows } = await database.query<{
    partition: number;
    raw_offset: string;
    key: Buffer | null;
    digest: string;
  }>('SELECT partition, raw_offset, key, digest FROM query.quarantine');
  return rows.map(({ partition, raw_offset: offset, key, digest }) => {
    return { partition, offset: Number(offset), org: key?.toString() ?? '', digest };
  });
}

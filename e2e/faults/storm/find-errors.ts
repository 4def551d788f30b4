import { GetObjectCommand } from '@aws-sdk/client-s3';
import { readFooter, readRun } from '@auditorium/ledger';
import { PLATFORM_ACCOUNT, PLATFORM_BUCKETS, rootOf, s3Client } from '@auditorium/local';
import pg from 'pg';
import { bucketObjects } from '../../src/index.ts';
import type { ProxiedSystem } from './proxied-system.ts';
import { idOf } from './stream.ts';

const LEDGER = `${PLATFORM_BUCKETS}ledger`;
/** Of one kind; the first ones tell enough. */
const MOST_TOLD = 5;

/** Every sealed segment, read once. */
const SEALED = "SELECT key FROM delivery.segment WHERE state = 'sealed' ORDER BY partition, raw_from";
const VIEW = `
SELECT org, count(*)::integer AS events, count(DISTINCT id)::integer AS ids FROM query.event WHERE source = 'stream' GROUP BY org`;

/**
 * Holds what is found outside against what was acknowledged: each event of each org exactly once and in order, in the ledger
 * and in the buckets, under the org it belongs to, and exactly once in the view. Answers with sentences; none means that all is well.
 */
export async function findErrors(
  { truth }: ProxiedSystem,
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  const errors = new Errors();
  const client = new pg.Client({ connectionString: truth.servers.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string }>(SEALED);
    const ledger = await readLedger(
      truth.local.s3Endpoint,
      rows.map(({ key }) => key),
      errors,
    );
    for (const [org, count] of acknowledged)
      errors.expectRow('the ledger', org, ledger.get(org) ?? [], count);
    const view = await client.query<{ org: string; events: number; ids: number }>(VIEW);
    const seen = new Map(view.rows.map(({ org, events, ids }) => [org, `${events} events, ${ids} ids`]));
    for (const [org, count] of acknowledged) {
      const want = `${count} events, ${count} ids`;
      if (seen.get(org) !== want) errors.add(`the view has ${seen.get(org)} of ${org} instead of ${want}`);
    }
  } finally {
    await client.end();
  }
  for (const { id: org, slug } of truth.local.orgs) {
    const objects = (await bucketObjects(truth, slug)).toSorted((a, b) => firstOf(a.key) - firstOf(b.key));
    const ids = objects.flatMap(({ lines }) => lines.map((line) => idIn(line, org, errors)));
    errors.expectRow('the bucket', org, ids.filter(isOfStream), acknowledged.get(org) ?? 0);
  }
  return errors.told();
}

async function readLedger(
  endpoint: string,
  keys: readonly string[],
  errors: Errors,
): Promise<Map<string, string[]>> {
  const client = s3Client(endpoint, rootOf(PLATFORM_ACCOUNT));
  const ids = new Map<string, string[]>();
  const sequences = new Map<string, number>();
  try {
    for (const key of keys) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: LEDGER, Key: key }));
      const bytes = Buffer.from(
        await (Body as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray(),
      );
      for (const entry of readFooter(bytes, bytes.length).runs) {
        const run = readRun(bytes.subarray(entry.offset, entry.offset + entry.length), entry);
        const known = ids.get(entry.org) ?? [];
        for (const line of run.lines()) known.push(idIn(line.toString('utf8'), entry.org, errors));
        ids.set(entry.org, known.filter(isOfStream));
        if (entry.first !== (sequences.get(entry.org) ?? 0) + 1)
          errors.add(`the sequence of ${entry.org} goes on with ${entry.first} in ${key}`);
        sequences.set(entry.org, entry.last);
      }
    }
  } finally {
    client.destroy();
  }
  return ids;
}

/** Events of our own services have another source and are none of the stream's. */
const isOfStream = (id: string): boolean => id !== '';

function idIn(line: string, org: string, errors: Errors): string {
  const { id, source, orgid } = JSON.parse(line) as { id: string; source: string; orgid: string };
  if (orgid !== org) errors.add(`an event of ${orgid} lies under ${org}`);
  return source === 'stream' ? id : '';
}

const firstOf = (key: string): number => Number((key.split('/').at(-1) ?? '').split('-')[0]);

class Errors {
  readonly #told: string[] = [];

  add(sentence: string): void {
    this.#told.push(sentence);
  }

  /** Numbers 0 to `count` − 1, each once, in this order. More of them may be there, if an acknowledgement was lost. */
  expectRow(where: string, org: string, ids: readonly string[], count: number): void {
    if (ids.length < count) this.add(`${where} of ${org} has ${ids.length} events of ${count}`);
    const wrong = ids.findIndex((id, number) => id !== idOf({ org, number }));
    if (wrong >= 0) this.add(`${where} of ${org} has ${ids[wrong]} in place ${wrong}`);
  }

  told(): string[] {
    const more = this.#told.length - MOST_TOLD;
    return more > 0 ? [...this.#told.slice(0, MOST_TOLD), `and ${more} more`] : [...this.#told];
  }
}

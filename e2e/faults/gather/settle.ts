import { setTimeout as sleep } from 'node:timers/promises';
import { topicsOf } from '@auditorium/events';
import { logOffsets } from '@auditorium/kafka';
import pg from 'pg';

export interface SettleOptions {
  readonly brokers: readonly string[];
  readonly database: pg.Pool;
  readonly productUrl: string;
  /** Nothing may have moved for this long. */
  readonly quietMs: number;
  /** After this it is a failure. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
}

const LOOK_MS = 1_000;

/** How far everything is, in one look. */
interface Progress {
  /** Whatever changes while something moves. */
  readonly positions: string;
  /** What is known to be under way still. */
  readonly open: string[];
}

/** Waits until nothing has moved for a while and nothing is under way. @returns what still was when patience ended */
export async function settle(options: SettleOptions): Promise<{ settled: boolean; open: string[] }> {
  const until = Date.now() + options.patienceMs;
  let last = '';
  let quietSince = Date.now();
  for (let look = 0; ; look += 1, await sleep(LOOK_MS)) {
    const { positions, open } = await progress(options);
    if (positions !== last) quietSince = Date.now();
    last = positions;
    if (open.length === 0 && Date.now() - quietSince >= options.quietMs) return { settled: true, open };
    if (Date.now() > until) return { settled: false, open };
    if (look % 10 === 0)
      options.say(`settling: ${open.length === 0 ? 'nothing moves' : open.slice(0, 4).join('; ')}`);
  }
}

async function progress(options: SettleOptions): Promise<Progress> {
  try {
    const [ends, ledger, view, destinations, outboxes] = await Promise.all([
      logOffsets(options.brokers, topicsOf().raw),
      partitionsOf(options.database, LEDGER),
      partitionsOf(options.database, VIEW),
      options.database.query<{ destination: string; cursor: string; head: string }>(DESTINATIONS),
      outboxesOf(options),
    ]);
    const open = [
      ...behind('ledger', ends, ledger),
      ...behind('view', ends, view),
      ...destinations.rows
        .filter(({ cursor, head }) => cursor !== head)
        .map(({ destination, cursor, head }) => `destination ${destination} at ${cursor} of ${head}`),
      ...outboxes
        .filter(([, rows]) => rows > 0)
        .map(([name, rows]) => `${rows} events in the outbox of ${name}`),
    ];
    return {
      positions: JSON.stringify([[...ends], [...ledger], [...view], destinations.rows, outboxes]),
      open,
    };
  } catch (error) {
    return { positions: String(Math.random()), open: [String(error)] };
  }
}

function behind(
  what: string,
  ends: ReadonlyMap<number, { end: number }>,
  at: ReadonlyMap<number, number>,
): string[] {
  return [...ends]
    .filter(([partition, { end }]) => end > 0 && (at.get(partition) ?? -1) !== end - 1)
    .map(
      ([partition, { end }]) =>
        `${what} of partition ${partition} at ${at.get(partition) ?? -1} of ${end - 1}`,
    );
}

const LEDGER = 'SELECT partition, raw_last FROM delivery.partition ORDER BY partition';
const VIEW = 'SELECT partition, raw_last FROM query.checkpoint ORDER BY partition';
const DESTINATIONS = `
SELECT c.destination, c.cursor, coalesce(h.sequence, 0) AS head
FROM delivery.destination_cursor c LEFT JOIN delivery.org_head h ON h.org = c.org ORDER BY c.destination`;

async function partitionsOf(database: pg.Pool, sql: string): Promise<Map<number, number>> {
  const { rows } = await database.query<{ partition: number; raw_last: string }>(sql);
  return new Map(rows.map((row) => [row.partition, Number(row.raw_last)]));
}

async function outboxesOf({ database, productUrl }: SettleOptions): Promise<[string, number][]> {
  const counts: [string, number][] = [];
  for (const schema of ['directory', 'delivery', 'query'])
    counts.push([schema, await countOf(database, `${schema}.audit_outbox`)]);
  const client = new pg.Client({ connectionString: productUrl });
  await client.connect();
  counts.push(['product', await countOf(client, 'audit_outbox')]);
  await client.end();
  return counts;
}

async function countOf(database: pg.Pool | pg.Client, table: string): Promise<number> {
  const { rows } = await database.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0]?.count);
}

import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { EventCursor, EventKey } from '../domain/event-cursor.ts';
import { conditionsOf, type Condition, type EventFilter } from '../domain/event-filter.ts';

/** A row of the log as it is read. */
export interface ReadEvent {
  readonly partition: number;
  readonly rawOffset: number;
  /** PostgreSQL's text of the event's time. */
  readonly time: string;
  readonly line: string;
}

/** Events in the order asked for. */
export interface ReadStretch {
  readonly events: readonly ReadEvent[];
  /** There may be more than these, though fewer were read than asked for: they are large. */
  readonly cut: boolean;
}

/** A stretch of large events ends here, in characters: many readers at once must fit into one process. */
const MOST_CHARACTERS = 8_000_000;
/** Rows fetched before their size is looked at; at 256 KiB each still a stretch that fits. */
const ROWS_AT_ONCE = 51;

/** Everything read for one org, under the reading role. */
export class EventReader {
  readonly #pool: pg.Pool;
  readonly #timeoutMs: number;

  constructor(pool: pg.Pool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Runs `read` in a transaction that may read this org's rows and nothing else: row-level security shows no other, and
   * nothing can be written. The settings end with the transaction, so no later one inherits them.
   */
  ofOrg<T>(org: string, read: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return inTransaction(this.#pool, async (client) => {
      await client.query(BIND, [org, String(this.#timeoutMs)]);
      return read(client);
    });
  }

  /** Up to `limit` events from a cursor on, newest first. */
  async page(
    org: string,
    filter: EventFilter,
    cursor: EventCursor | undefined,
    limit: number,
  ): Promise<ReadStretch> {
    const { events, cut } = await this.#run(org, pageStatement(org, filter, cursor, limit));
    return { events: cursor?.direction === 'previous' ? events.toReversed() : events, cut };
  }

  /** Up to `limit` events after a raw offset, in the order of the ledger. */
  async after(
    org: string,
    filter: EventFilter,
    partition: number,
    position: number,
    limit: number,
  ): Promise<readonly ReadEvent[]> {
    const from = { sql: 'partition = $1 AND raw_offset > $2', values: [partition, position] };
    const conditions = [OWN(org), from, ...conditionsOf(filter)];
    return (await this.#run(org, statement(conditions, 'partition, raw_offset', limit))).events;
  }

  /** The last `limit` events in the order of the ledger. */
  async latest(
    org: string,
    filter: EventFilter,
    partition: number,
    limit: number,
  ): Promise<readonly ReadEvent[]> {
    const own = [OWN(org), { sql: 'partition = $1', values: [partition] }, ...conditionsOf(filter)];
    const { events } = await this.#run(org, statement(own, 'partition DESC, raw_offset DESC', limit));
    return events.toReversed();
  }

  /** The event with this address, if it is the org's. */
  async one(org: string, key: EventKey): Promise<ReadEvent | undefined> {
    const place = { sql: 'partition = $1 AND raw_offset = $2', values: [key.partition, key.rawOffset] };
    return (await this.#run(org, statement([OWN(org), place], 'raw_offset', 1))).events[0];
  }

  /** Time of the org's newest event, ISO 8601 in UTC. */
  newest(org: string): Promise<string | null> {
    return this.ofOrg(org, async (client) => {
      const { rows } = await client.query<{ newest: string }>(NEWEST, [org]);
      return rows[0]?.newest ?? null;
    });
  }

  /** How many events the org has up to a raw offset of its partition, inclusive. */
  count(org: string, last: number): Promise<number> {
    return this.ofOrg(org, async (client) => {
      const { rows } = await client.query<{ events: number }>(COUNT, [org, last]);
      return rows[0]?.events ?? 0;
    });
  }

  #run(org: string, { sql, values, limit }: Condition & { readonly limit: number }): Promise<ReadStretch> {
    return this.ofOrg(org, async (client) => {
      if (limit > ROWS_AT_ONCE) return readBounded(client, sql, values);
      return { events: (await client.query<ReadEvent>(sql, [...values])).rows, cut: false };
    });
  }
}

/** Row by row as far as the stretch may go; the cursor ends with the transaction. */
async function readBounded(
  client: pg.PoolClient,
  sql: string,
  values: readonly unknown[],
): Promise<ReadStretch> {
  await client.query(`DECLARE stretch NO SCROLL CURSOR FOR ${sql}`, [...values]);
  const events: ReadEvent[] = [];
  for (let characters = 0; characters < MOST_CHARACTERS;) {
    const { rows } = await client.query<ReadEvent>(`FETCH ${ROWS_AT_ONCE} FROM stretch`);
    events.push(...rows);
    if (rows.length < ROWS_AT_ONCE) return { events, cut: false };
    for (const { line } of rows) characters += line.length;
  }
  return { events, cut: true };
}

/** The statement of a page: in the order of an index, so that its cost does not depend on how deep it lies. */
export function pageStatement(
  org: string,
  filter: EventFilter,
  cursor: EventCursor | undefined,
  limit: number,
): Condition & { readonly limit: number } {
  const backwards = cursor?.direction === 'previous';
  const keyset = {
    sql: `(time, raw_offset) ${backwards ? '>' : '<'} ($1::timestamptz, $2)`,
    values: [cursor?.time, cursor?.rawOffset],
  };
  const conditions = [OWN(org), ...conditionsOf(filter), ...(cursor ? [keyset] : [])];
  // Qualified: a bare "time" would be the text that is selected under this name, in another order and without an index.
  return statement(
    conditions,
    backwards ? 'event.time, raw_offset' : 'event.time DESC, raw_offset DESC',
    limit,
  );
}

function statement(
  conditions: readonly Condition[],
  order: string,
  limit: number,
): Condition & { readonly limit: number } {
  const values: unknown[] = [];
  const where = conditions.map((condition) => placed(condition, values)).join(' AND ');
  const sql = `SELECT partition, raw_offset AS "rawOffset", event.time::text AS time, line
               FROM query.event WHERE ${where} ORDER BY ${order} LIMIT ${limit}`;
  return { sql, values, limit };
}

const BIND = `
SELECT set_config('auditorium.org', $1, true), set_config('statement_timeout', $2, true),
       set_config('transaction_read_only', 'on', true), set_config('TimeZone', 'UTC', true)`;

/** The application's own filter. Row-level security says the same again and would hold without it. */
const OWN = (org: string): Condition => ({ sql: 'org = $1', values: [org] });

const NEWEST = `
SELECT to_char(time, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS newest FROM query.event
WHERE org = $1 ORDER BY time DESC, raw_offset DESC LIMIT 1`;

const COUNT = 'SELECT count(*) AS events FROM query.event WHERE org = $1 AND raw_offset <= $2';

/** A condition with its parameters numbered after those that are there already. */
function placed({ sql, values }: Condition, all: unknown[]): string {
  const before = all.length;
  all.push(...values);
  return sql.replace(/\$(\d+)/g, (_, number: string) => `$${before + Number(number)}`);
}

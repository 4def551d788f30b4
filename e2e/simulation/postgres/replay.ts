import pg from 'pg';
import type { TraceEvent } from './trace.ts';

type Asked = Extract<TraceEvent, { what: 'asked' }>;

/** What a real server did otherwise than the simulated one. */
export interface Difference {
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly simulated: string;
  readonly real: string;
}

/** Clocks that a real server takes from us instead of from its machine. Put before `pg_catalog` in the search path. */
export const CLOCKS = `
CREATE SCHEMA simulated;
CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE AS
  $$ SELECT to_timestamp(current_setting('simulated.now')::double precision / 1000) $$;
CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
  $$ SELECT to_timestamp(current_setting('simulated.clock')::double precision / 1000) $$`;
export const SEARCH_PATH = 'simulated, pg_catalog';

/** A statement of the real server that has not been answered yet. */
type Pending = Promise<string>;

/**
 * Asks a real server what a simulated one was asked, connection by connection and in the same order. A statement that had
 * to wait there is left waiting here too, and only held against its answer where that came: so locks are compared as well.
 */
export class Replay {
  readonly differences: Difference[] = [];
  compared = 0;
  waited = 0;
  readonly #url: string;
  readonly #clients = new Map<number, pg.Client>();
  readonly #inTransaction = new Set<number>();
  readonly #pending = new Map<number, { asked: Asked; answer: Pending; client: pg.Client }>();

  constructor(url: string) {
    this.#url = url;
  }

  async play(events: readonly TraceEvent[]): Promise<void> {
    for (const [index, event] of events.entries()) {
      if (event.what === 'asked') await this.#ask(event, events[index + 1]);
      else if (event.what === 'ended') await this.#end(event.session);
      else await this.#compare(event);
      if (this.differences.length > 5) return;
    }
  }

  async close(): Promise<void> {
    for (const session of this.#clients.keys()) await this.#end(session);
  }

  async #ask(asked: Asked, next: TraceEvent | undefined): Promise<void> {
    const client = await this.#client(asked.session);
    await this.#setClocks(client, asked);
    const parameters = asked.parameters.map((value) => (value === undefined ? null : value));
    const answer = client.query(asked.text, parameters).then(shownResult, shownError);
    this.#pending.set(asked.statement, { asked, answer, client });
    if (asked.text === 'BEGIN') this.#inTransaction.add(asked.session);
    if (asked.text === 'COMMIT' || asked.text === 'ROLLBACK') this.#inTransaction.delete(asked.session);
    const isAnswered = next !== undefined && 'statement' in next && next.statement === asked.statement;
    if (isAnswered) return;
    this.waited += 1;
    await this.#untilWaiting(client, answer);
  }

  /** `now()` is that of the transaction, the clock that of the statement. */
  async #setClocks(client: pg.Client, { at, session, hasFailed }: Asked): Promise<void> {
    if (hasFailed) return;
    await client.query("SELECT set_config('simulated.clock', $1, false)", [String(at)]);
    if (!this.#inTransaction.has(session))
      await client.query("SELECT set_config('simulated.now', $1, false)", [String(at)]);
  }

  async #compare(event: Extract<TraceEvent, { what: 'answered' | 'failed' }>): Promise<void> {
    const pending = this.#pending.get(event.statement);
    if (pending === undefined) return;
    this.#pending.delete(event.statement);
    const simulated = event.what === 'failed' ? event.code : shown(event.rows, event.rowCount);
    const { asked, answer } = pending;
    const real = await Promise.race([answer, afterPatience()]);
    this.compared += 1;
    const isEnd = asked.text === 'BEGIN' || asked.text === 'COMMIT' || asked.text === 'ROLLBACK';
    if (simulated === real || (isEnd && event.what === 'answered')) return;
    // The session was ended while it waited; the real one is ended by the next event.
    if (event.what === 'failed' && event.code === '57P01') return;
    this.differences.push({ text: asked.text, parameters: asked.parameters, simulated, real });
  }

  async #client(session: number): Promise<pg.Client> {
    const known = this.#clients.get(session);
    if (known !== undefined) return known;
    const client = new pg.Client({
      connectionString: this.#url,
      options: `-c search_path=${SEARCH_PATH.replace(' ', '')} -c deadlock_timeout=100ms`,
    });
    client.on('error', () => undefined);
    this.#clients.set(session, client);
    await client.connect();
    return client;
  }

  async #end(session: number): Promise<void> {
    const client = this.#clients.get(session);
    this.#clients.delete(session);
    this.#inTransaction.delete(session);
    if (client === undefined) return;
    const pid = (client as unknown as { processID: number }).processID;
    const other = await this.#client(-1);
    if (session >= 0) {
      await other.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
      await client.end().catch(() => undefined);
    } else await client.end();
  }

  /** Until the real server waits as well, or has answered without. */
  async #untilWaiting(client: pg.Client, answer: Pending): Promise<void> {
    const pid = (client as unknown as { processID: number }).processID;
    const other = await this.#client(-1);
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    while (!isAnswered) {
      const waits = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
      if ((await other.query(waits, [pid])).rowCount !== 0) return;
    }
  }
}

/** A real server that still waits where the simulated one has answered. */
const PATIENCE_MS = 20_000;

function afterPatience(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('no answer'), PATIENCE_MS).unref());
}

const shownResult = ({ rows, rowCount }: pg.QueryResult): string => shown(rows as object[], rowCount ?? 0);
const shownError = (error: unknown): string => String((error as { code?: unknown }).code);

/** Rows in any order, columns in any order, numbers and instants alike however they were handed over. */
function shown(rows: readonly object[], rowCount: number): string {
  const texts = rows.map((row) => JSON.stringify(plain(row))).toSorted();
  return `${rowCount} ${texts.join(' ')}`;
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== '?column?');
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, plain(each)]),
  );
}

import { AuditoriumError } from '@auditorium/events';
import { inSchema } from './outbox-table.ts';
import { END_WHEN_SILENT } from './relay-statements.ts';

/** A client of `pg`, by its shape. */
export interface RelayClient {
  query(sql: string, parameters: unknown[]): Promise<{ rows: unknown[] }>;
  on(event: 'error' | 'end', listener: () => void): unknown;
  release(destroy: boolean): void;
}

/** A pool of `pg`, by its shape. The relay keeps one client of it for as long as it runs. */
export interface RelayPool {
  connect(callback: (error: Error | undefined, client: RelayClient | undefined) => void): void;
}

/** An answer that takes longer means that the connection is dead: no statement of the relay touches many rows. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Longer than any statement waits for its answer, so that only a relay that is gone loses its locks. */
const SILENCE_MS = 60_000;

/**
 * The one connection that holds the locks of a relay's shards. All its statements go through it: without the connection
 * there is no lock, and without the lock it cannot number or delete anything.
 */
export class RelayConnection {
  readonly #client: RelayClient;
  readonly #schema: string;
  readonly #lost = new AbortController();
  /** Ends when every statement so far has; a client takes one at a time, and the shards share it. */
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(client: RelayClient, schema: string) {
    this.#client = client;
    this.#schema = schema;
    client.on('error', () => this.#lost.abort());
    client.on('end', () => this.#lost.abort());
  }

  /**
   * Takes a client from the pool. By callback, because a server that goes away right after the greeting makes the client
   * emit `error` before a promise could be awaited, and an `error` that nobody listens to ends the process. A product's pool
   * may wait for ever for a server that says nothing; the relay does not, and gives back what comes too late.
   */
  static async open(
    pool: RelayPool,
    schema: string,
    { patienceMs = STATEMENT_TIMEOUT_MS, silenceMs = SILENCE_MS } = {},
  ): Promise<RelayConnection> {
    const connection = await taken(pool, patienceMs, (client) => new RelayConnection(client, schema));
    await connection.rows(END_WHEN_SILENT, [String(silenceMs)]).catch((error: unknown) => {
      connection.close();
      throw error;
    });
    return connection;
  }

  /** Aborted as soon as the connection, and every lock with it, is known to be lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Runs a statement after all that were asked for before it. Any failure of one gives up the connection. */
  rows<R>(sql: string, parameters: unknown[]): Promise<R[]> {
    const answer = this.#tail.then(() => this.#run<R>(sql, parameters));
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  async #run<R>(sql: string, parameters: unknown[]): Promise<R[]> {
    this.#lost.signal.throwIfAborted();
    try {
      const answer = this.#client.query(inSchema(sql, this.#schema), parameters);
      return (await inTime(answer)).rows as R[];
    } catch (cause) {
      this.#lost.abort();
      throw unavailable(cause);
    }
  }

  /** Closes the connection for good, which is what gives the locks back. */
  close(): void {
    this.#lost.abort();
    this.#client.release(true);
  }
}

function taken<T>(pool: RelayPool, patienceMs: number, take: (client: RelayClient) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(unavailable(new Error(`no connection within ${patienceMs} ms`)));
    }, patienceMs);
    pool.connect((error, client) => {
      clearTimeout(timer);
      if (client === undefined) reject(unavailable(error));
      else if (isLate) client.release(true);
      else resolve(take(client));
    });
  });
}

function unavailable(cause: unknown): AuditoriumError {
  const message = "The outbox's database did not answer the relay.";
  return new AuditoriumError('database-unavailable', message, { cause, retryable: true });
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${STATEMENT_TIMEOUT_MS} ms`)),
      STATEMENT_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

import { AuditoriumError } from '@auditorium/events';
import { inSchema } from './outbox-table.ts';

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
   * emit `error` before a promise could be awaited, and an `error` that nobody listens to ends the process.
   */
  static open(pool: RelayPool, schema: string): Promise<RelayConnection> {
    return new Promise((resolve, reject) => {
      pool.connect((error, client) => {
        if (client === undefined) reject(unavailable(error));
        else resolve(new RelayConnection(client, schema));
      });
    });
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

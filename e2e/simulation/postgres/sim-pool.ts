import { EventEmitter } from 'node:events';
import type pg from 'pg';
import { never, type SimProcess } from '../kernel/sim-process.ts';
import type { Fault } from '../kernel/faults.ts';
import type { World } from '../kernel/world.ts';
import { DatabaseError } from './database-error.ts';
import type { Result, Session, SimDatabase } from './sim-database.ts';

/** `query_timeout`, as our services set it. */
const QUERY_TIMEOUT_MS = 60_000;

/** After so many timeouts nothing arrives any more that was sent before, and the server gives the connection up. */
const LATEST = 5;

export interface SimPoolOptions {
  readonly queryTimeoutMs?: number;
}

/** `pg`'s pool, by its shape, as one process holds it. Its connections end with the process. */
export class SimPool extends EventEmitter {
  readonly #database: SimDatabase;
  readonly #world: World;
  readonly #options: SimPoolOptions;
  readonly #clients = new Set<SimClient>();
  readonly #idle: SimClient[] = [];

  constructor(database: SimDatabase, owner: SimProcess, options: SimPoolOptions = {}) {
    super();
    this.#database = database;
    this.#world = database.world;
    this.#options = options;
    owner.onEnd(() => {
      for (const client of this.#clients) client.abandon();
    });
  }

  /** As the services' `pg.Pool`. */
  get pool(): pg.Pool {
    return this as unknown as pg.Pool;
  }

  connect(
    callback?: (error: Error | undefined, client: SimClient | undefined) => void,
  ): Promise<SimClient> | void {
    if (callback === undefined) return this.#connect();
    void this.#connectAndTell(callback);
  }

  async #connectAndTell(
    callback: (error: Error | undefined, client: SimClient | undefined) => void,
  ): Promise<void> {
    try {
      callback(undefined, await this.#connect());
    } catch (error) {
      callback(error as Error, undefined);
    }
  }

  async #connect(): Promise<SimClient> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (!idle.isBroken) return idle;
    const session = await this.#world.io('postgres', 'connect', () => this.#database.open(), {
      timeoutMs: 10_000,
    });
    const client = new SimClient(this.#world, session, this.#options, (broken) => this.#back(client, broken));
    this.#clients.add(client);
    return client;
  }

  #back(client: SimClient, broken: boolean): void {
    if (!broken && !client.isBroken) this.#idle.push(client);
    else {
      this.#clients.delete(client);
      client.abandon();
    }
  }

  async query(text: string, parameters: readonly unknown[] = []): Promise<Result> {
    const client = await this.#connect();
    let broken = false;
    try {
      return await client.query(text, parameters);
    } catch (error) {
      broken = !(error instanceof DatabaseError);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.abandon();
  }
}

type Status = 'I' | 'T' | 'E';

/** `pg`'s client, by its shape. */
export class SimClient extends EventEmitter {
  readonly #world: World;
  readonly #session: Session;
  readonly #timeoutMs: number;
  readonly #giveBack: (broken: boolean) => void;
  readonly #owner: SimProcess;
  #status: Status = 'I';
  #isBroken = false;
  /** A statement got no answer: whatever is asked behind it gets none either. */
  #isStuck = false;
  /** Statements on the wire, which the server does not lose when its client goes away. */
  #onTheWire = 0;
  #isAbandoned = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(world: World, session: Session, options: SimPoolOptions, giveBack: (broken: boolean) => void) {
    super();
    this.#world = world;
    this.#session = session;
    this.#timeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
    this.#giveBack = giveBack;
    this.#owner = world.self;
    session.onEnd(() => world.after(world.latencyMs(), () => this.#owner.deliver(() => this.#break())));
  }

  get isBroken(): boolean {
    return this.#isBroken || this.#isStuck;
  }

  getTransactionStatus(): Status {
    return this.#status;
  }

  /** One statement after another, as on a real connection. */
  query(text: string, parameters: readonly unknown[] = []): Promise<Result> {
    const answer = this.#tail.then(() => this.#ask(text, parameters));
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  async #ask(text: string, parameters: readonly unknown[]): Promise<Result> {
    if (this.#isBroken) throw new Error('Client has encountered a connection error and is not queryable');
    const isBehind = this.#isStuck;
    const act = isBehind ? () => never<Result>() : () => this.#act(text, parameters);
    if (!isBehind) this.#onTheWire += 1;
    try {
      const result = await this.#world.io('postgres', nameOf(text), act, {
        timeoutMs: this.#timeoutMs,
        error: (fault) => this.#faulty(fault),
        ...(isBehind ? { fault: 'hung' } : {}),
      });
      if (text === 'BEGIN') this.#status = 'T';
      else if (text === 'COMMIT' || text === 'ROLLBACK') this.#status = 'I';
      return result;
    } catch (error) {
      if (this.#status === 'T') this.#status = 'E';
      // After this answer the server closes the connection.
      if (error instanceof DatabaseError && error.code === '57P01') this.#break();
      throw error;
    }
  }

  async #act(text: string, parameters: readonly unknown[]): Promise<Result> {
    try {
      return await this.#session.execute(text, parameters);
    } finally {
      this.#onTheWire -= 1;
      if (this.#isAbandoned && this.#onTheWire === 0) this.#session.end();
    }
  }

  /** What the caller sees of a fault: a connection that breaks, or one that says nothing any more. */
  #faulty(fault: Fault): Error {
    if (fault === 'hung' || fault === 'late') {
      this.#isStuck = true;
      return new Error('Query read timeout');
    }
    if (fault === 'refused') this.#onTheWire -= 1;
    this.#world.after(0, () => this.abandon());
    this.#break();
    return Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    if (this.listenerCount('error') > 0) this.emit('error', new Error('Connection terminated unexpectedly'));
    this.emit('end');
  }

  release(broken?: Error | boolean): void {
    this.#giveBack(broken !== undefined && broken !== false);
  }

  /** Nobody is at this end any more; the server notices when it has done what was sent to it. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    if (this.#onTheWire === 0) this.#session.end();
    else this.#world.after(LATEST * this.#timeoutMs, () => this.#session.end());
  }
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? text.replace(/\s+/g, ' ').trim().slice(0, 48);
  names.set(text, name);
  return name;
}

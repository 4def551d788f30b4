import type { World } from '../kernel/world.ts';
import { DatabaseError } from './database-error.ts';
import type { Table } from './table.ts';
import type { Trace } from './trace.ts';
import { Transaction } from './transaction.ts';

export interface Result {
  readonly command: string;
  readonly rows: readonly object[];
  readonly rowCount: number;
}

/** What a statement does; its rows, or how many it changed. */
export type Statement = (
  tx: Transaction,
  ...parameters: never[]
) => Promise<readonly object[] | number> | readonly object[] | number;

/** `idle_in_transaction_session_timeout`, as our pools set it. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/**
 * A simulated PostgreSQL: tables with their constraints, transactions, and exactly the statements that somebody has
 * registered. One that it does not know is an error of the simulation, so it cannot fall behind the services unnoticed.
 */
export class SimDatabase {
  /** Told of each database that is made; for whoever wants to write down what it is asked. */
  static onOpen: ((database: SimDatabase) => void) | undefined;
  readonly world: World;
  readonly sessions = new Set<Session>();
  readonly #tables: Table<never>[] = [];
  readonly #statements = new Map<string, Statement>();
  /** Where statements and their answers are written down; nowhere unless told. */
  trace: Trace | undefined;
  /** Session locks by name. */
  readonly locks = new Map<string, Session>();
  /** Locks of transactions by name. */
  readonly transactionLocks = new Map<string, Transaction>();

  constructor(world: World) {
    this.world = world;
    SimDatabase.onOpen?.(this);
  }

  add<R extends object>(table: Table<R>): Table<R> {
    this.#tables.push(table as unknown as Table<never>);
    return table;
  }

  /** Says what a statement does. Its parameters follow the transaction. */
  on(text: string, statement: Statement): void {
    if (this.#statements.has(text)) throw new Error(`two meanings for one statement: ${text}`);
    this.#statements.set(text, statement);
  }

  statement(text: string): Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const unknown = new Error(`the simulated PostgreSQL does not know this statement: ${text}`);
    this.world.fail(unknown);
    throw unknown;
  }

  open(): Session {
    const session = new Session(this);
    this.sessions.add(session);
    return session;
  }

  /** The server falls: what was not committed never was. */
  crash(): void {
    for (const session of this.sessions) session.end();
  }

  /** Everything that is committed now; what it gives brings it back, as after a crash. */
  backup(): () => void {
    const restores = this.#tables.map((table) => table.backup());
    return () => {
      this.crash();
      this.trace?.stop();
      for (const restore of restores) restore();
    };
  }
}

/** One connection as the server sees it. Statements come one after another. */
export class Session {
  readonly #database: SimDatabase;
  readonly number: number;
  #transaction: Transaction | undefined;
  /** The statement of its own that runs outside of BEGIN and COMMIT. */
  #single: Transaction | undefined;
  #hasFailed = false;
  #isOpen = true;
  #idleSince = 0;
  #running = 0;
  readonly #onEnd: (() => void)[] = [];
  static #numbers = 0;

  constructor(database: SimDatabase) {
    this.#database = database;
    this.number = Session.#numbers++;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether this is its transaction. */
  runs(tx: Transaction): boolean {
    return tx === this.#transaction || tx === this.#single;
  }

  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  async execute(text: string, parameters: readonly unknown[]): Promise<Result> {
    if (!this.#isOpen || this.#isTooIdle()) throw new DatabaseError('57P01');
    this.#running += 1;
    const { trace } = this.#database;
    const written = trace?.begin(this, text, parameters, this.#hasFailed);
    try {
      const result = await this.#run(text, parameters);
      written?.answered(result);
      return result;
    } catch (error) {
      written?.failed(error);
      throw error;
    } finally {
      this.#running -= 1;
      this.#idleSince = this.#database.world.now();
    }
  }

  async #run(text: string, parameters: readonly unknown[]): Promise<Result> {
    if (text === 'BEGIN') return this.#begin();
    if (text === 'COMMIT' || text === 'ROLLBACK') return this.#leave(text);
    if (this.#hasFailed) throw new DatabaseError('25P02');
    const statement = this.#database.statement(text);
    const tx = this.#transaction ?? (this.#single = this.#newTransaction());
    try {
      const done = await statement(tx, ...(parameters as never[]));
      if (tx.isOver) throw new DatabaseError('57P01');
      if (tx === this.#single) tx.commit();
      const isCount = typeof done === 'number';
      return { command: '', rows: isCount ? [] : done, rowCount: isCount ? done : done.length };
    } catch (error) {
      this.#rollBack(tx);
      this.#hasFailed = this.#transaction !== undefined;
      throw error;
    } finally {
      this.#single = undefined;
    }
  }

  #begin(): Result {
    this.#transaction = this.#newTransaction();
    return answer('BEGIN');
  }

  #leave(how: 'COMMIT' | 'ROLLBACK'): Result {
    const tx = this.#transaction;
    const commits = how === 'COMMIT' && !this.#hasFailed;
    this.#transaction = undefined;
    this.#hasFailed = false;
    if (tx !== undefined && commits) this.#finish(tx, () => tx.commit());
    else if (tx !== undefined) this.#rollBack(tx);
    return answer(commits ? 'COMMIT' : 'ROLLBACK');
  }

  #rollBack(tx: Transaction): void {
    this.#finish(tx, () => tx.rollback());
  }

  #finish(tx: Transaction, how: () => void): void {
    const { transactionLocks } = this.#database;
    for (const [name, holder] of transactionLocks) if (holder === tx) transactionLocks.delete(name);
    how();
  }

  #newTransaction(): Transaction {
    const { world } = this.#database;
    return new Transaction(
      () => world.now(),
      (blockers) => this.#watch(blockers),
    );
  }

  /** Somebody waits for this one: a session that has forgotten its transaction is ended, as the server does it. */
  #watch(blockers: readonly Transaction[]): void {
    const { world, sessions } = this.#database;
    world.after(IDLE_IN_TRANSACTION_MS / 4, () => {
      const living = blockers.filter((tx) => !tx.isOver);
      for (const session of sessions)
        if (session.#transaction && living.includes(session.#transaction)) session.#isTooIdle();
      if (living.some((tx) => !tx.isOver)) this.#watch(living);
    });
  }

  #isTooIdle(): boolean {
    const idleMs = this.#database.world.now() - this.#idleSince;
    if (this.#transaction === undefined || this.#running > 0 || idleMs < IDLE_IN_TRANSACTION_MS) return false;
    this.end();
    return true;
  }

  /** The connection is over, whoever ended it; what was not committed never was. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { sessions, locks, trace } = this.#database;
    trace?.ended(this);
    sessions.delete(this);
    for (const [name, holder] of locks) if (holder === this) locks.delete(name);
    for (const tx of [this.#transaction, this.#single]) {
      if (tx === undefined) continue;
      tx.interrupt(new DatabaseError('57P01'));
      this.#rollBack(tx);
    }
    this.#transaction = undefined;
    for (const listener of this.#onEnd) listener();
  }
}

const answer = (command: string): Result => ({ command, rows: [], rowCount: 0 });

import { DatabaseError } from './database-error.ts';
import { type Cell, conflicts, type Key, type LockMode, stronger, type Table, visible } from './table.ts';

type AnyCell = Cell<object>;

/**
 * A transaction at READ COMMITTED. A statement sees what was committed when it began; a row that it must wait for is looked
 * at again once it has it, but no other row is: a join or a subquery still shows the state of before the wait.
 */
export class Transaction {
  /** `now()`: when it began, ms since 1970. */
  readonly now: number;
  readonly #clock: () => number;
  readonly #touched = new Set<AnyCell>();
  readonly #held = new Set<AnyCell>();
  readonly #whenOver: (() => void)[] = [];
  #waitsFor: readonly Transaction[] = [];
  #interrupt: ((error: Error) => void) | undefined;
  #isOver = false;
  /** Told when a statement of it begins to wait. */
  readonly #onWait: (blockers: readonly Transaction[]) => void;

  constructor(clock: () => number, onWait: (blockers: readonly Transaction[]) => void) {
    this.#clock = clock;
    this.now = clock();
    this.#onWait = onWait;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** `clock_timestamp()`. */
  get clock(): number {
    return this.#clock();
  }

  /** Locks a row; waits for whoever holds it. Undefined when there is nothing to wait for. */
  lock<R extends object>(cell: Cell<R>, mode: LockMode): Promise<void> | undefined {
    const blockers = this.#blockers(cell, mode);
    if (blockers.length > 0) return this.#lockAfter(cell, mode, blockers);
    this.#take(cell, mode);
    return undefined;
  }

  async #lockAfter<R extends object>(cell: Cell<R>, mode: LockMode, first: Transaction[]): Promise<void> {
    for (let blockers = first; blockers.length > 0; blockers = this.#blockers(cell, mode))
      await this.waitFor(blockers);
    this.#take(cell, mode);
  }

  #take<R extends object>(cell: Cell<R>, mode: LockMode): void {
    cell.holders.set(this, stronger(cell.holders.get(this), mode));
    this.#held.add(cell as AnyCell);
  }

  #blockers<R extends object>(cell: Cell<R>, mode: LockMode): Transaction[] {
    const blockers: Transaction[] = [];
    for (const [holder, held] of cell.holders)
      if (holder !== this && conflicts(held, mode)) blockers.push(holder);
    return blockers;
  }

  /** Waits until one of them is over. @throws DatabaseError a deadlock, or the end of this session */
  waitFor(blockers: readonly Transaction[]): Promise<void> {
    this.#waitsFor = blockers;
    if (blockers.some((blocker) => blocker.#leadsTo(this, new Set()))) {
      this.#waitsFor = [];
      throw new DatabaseError('40P01');
    }
    this.#onWait(blockers);
    const waited = new Promise<undefined>((resolve, reject) => {
      const over = (): void => {
        this.#waitsFor = [];
        this.#interrupt = undefined;
        resolve(undefined);
      };
      this.#interrupt = reject;
      for (const blocker of blockers) blocker.#whenOver.push(over);
    });
    // The server may have fallen between the end of the wait and this.
    return waited.then(() => this.#requireLiving());
  }

  #requireLiving(): void {
    if (this.#isOver) throw new DatabaseError('57P01');
  }

  #leadsTo(other: Transaction, seen: Set<Transaction>): boolean {
    if (this === other) return true;
    if (seen.has(this)) return false;
    seen.add(this);
    return this.#waitsFor.some((next) => next.#leadsTo(other, seen));
  }

  /** Locks the rows that fit, each looked at again where it had to be waited for, or passed over. */
  async lockWhere<R extends object>(
    table: Table<R>,
    mode: LockMode,
    fits: (row: R) => boolean,
    { skipLocked = false, limit = Infinity, order }: LockOptions<R> = {},
  ): Promise<R[]> {
    let found = [...table.cells.values()].filter((cell) => {
      const row = visible(cell, this);
      return row !== undefined && fits(row);
    });
    if (order !== undefined) {
      const before = found.map((cell) => [visible(cell, this) as R, cell] as const);
      found = before.toSorted(([a], [b]) => order(a, b)).map(([, cell]) => cell);
    }
    const locked: R[] = [];
    for (const cell of found) {
      if (locked.length >= limit) break;
      if (skipLocked && this.#blockers(cell, mode).length > 0) continue;
      const waiting = this.lock(cell, mode);
      if (waiting) await waiting;
      const row = visible(cell, this);
      if (row !== undefined && fits(row)) locked.push(row);
    }
    return locked;
  }

  /** UPDATE … WHERE: the rows as they are now. */
  async update<R extends object>(
    table: Table<R>,
    fits: (row: R) => boolean,
    change: (row: R) => Partial<R>,
  ): Promise<R[]> {
    const rows = await this.lockWhere(table, 'no key update', fits);
    const updated: R[] = [];
    for (const row of rows) updated.push(await this.#replace(table, row, { ...row, ...change(row) }));
    return updated;
  }

  async #replace<R extends object>(table: Table<R>, before: R, after: R): Promise<R> {
    const { key, unique = [], check } = table.options;
    if (check?.(after) === false) throw new DatabaseError('23514', table.name);
    for (const index of unique) {
      const value = index(after);
      if (value !== undefined && value !== index(before)) await this.#requireUnique(table, index, value);
    }
    this.#put(table.cell(key(after)), after);
    return after;
  }

  /** DELETE … WHERE, with what follows from it; how many. */
  async delete<R extends object>(table: Table<R>, fits: (row: R) => boolean): Promise<number> {
    const rows = await this.lockWhere(table, 'update', fits);
    for (const row of rows) this.#put(table.cell(table.options.key(row)), undefined);
    for (const row of rows) {
      for (const { table: childTable, where, cascade } of table.options.referencedBy ?? []) {
        const child = childTable();
        const names = (each: never): boolean => where(each, row);
        if (cascade) await this.delete(child, names);
        else if (child.rows(this).some(names)) throw new DatabaseError('23503', child.name);
      }
    }
    return rows.length;
  }

  /** INSERT. @throws DatabaseError for what the table does not allow */
  async insert<R extends object>(table: Table<R>, row: R): Promise<R> {
    const inserted = await this.#insertUnless(table, row);
    if (inserted === undefined) throw new DatabaseError('23505', table.name);
    return inserted;
  }

  /** INSERT … ON CONFLICT DO NOTHING: undefined where there is such a row already. */
  insertOrLeave<R extends object>(table: Table<R>, row: R): Promise<R | undefined> {
    return this.#insertUnless(table, row);
  }

  /** INSERT … ON CONFLICT (key) DO UPDATE … WHERE: what is there afterwards; undefined where `change` gives nothing. */
  async upsert<R extends object>(
    table: Table<R>,
    row: R,
    change: (existing: R) => Partial<R> | undefined,
    conflictKey: (row: R) => Key = table.options.key,
  ): Promise<R | undefined> {
    for (;;) {
      const existing = this.#latest(table, row, conflictKey);
      if (existing === undefined) {
        const inserted = await this.#insertUnless(table, row);
        if (inserted !== undefined) return inserted;
        continue;
      }
      const waiting = this.lock(existing, 'no key update');
      if (waiting) await waiting;
      const now = visible(existing, this);
      if (now === undefined) continue;
      const changed = change(now);
      return changed === undefined ? undefined : this.#replace(table, now, { ...now, ...changed });
    }
  }

  #latest<R extends object>(table: Table<R>, row: R, conflictKey: (row: R) => Key): Cell<R> | undefined {
    const wanted = conflictKey(row);
    if (conflictKey === table.options.key) {
      const cell = table.cells.get(wanted);
      return cell && visible(cell, this) !== undefined ? cell : undefined;
    }
    for (const cell of table.cells.values()) {
      const there = visible(cell, this);
      if (there !== undefined && conflictKey(there) === wanted) return cell;
    }
    return undefined;
  }

  /** Undefined where another row has one of its keys, after whoever was about to put it there has committed. */
  async #insertUnless<R extends object>(table: Table<R>, row: R): Promise<R | undefined> {
    const { key, unique = [], check, references = [] } = table.options;
    if (check?.(row) === false) throw new DatabaseError('23514', table.name);
    let cell = table.cell(key(row));
    while (cell.pending !== undefined && cell.pending.by !== this) {
      await this.waitFor([cell.pending.by]);
      // Whoever was waited for may have taken the cell out of the table with its rollback.
      cell = table.cell(key(row));
    }
    if (visible(cell, this) !== undefined) return undefined;
    for (const index of unique) {
      const value = index(row);
      if (value !== undefined && (await this.#isTaken(table, index, value))) return undefined;
    }
    cell = table.cell(key(row));
    this.#take(cell, 'update');
    this.#put(cell, row);
    for (const reference of references) await this.#requireParent(reference.table(), reference.key(row));
    return row;
  }

  async #requireParent(table: Table<never>, key: Key): Promise<void> {
    const parent = table.cells.get(key) as AnyCell | undefined;
    if (parent !== undefined) {
      const waiting = this.lock(parent, 'key share');
      if (waiting) await waiting;
      if (visible(parent, this) !== undefined) return;
    }
    throw new DatabaseError('23503', table.name);
  }

  async #requireUnique<R extends object>(
    table: Table<R>,
    index: (row: R) => string | undefined,
    value: string,
  ): Promise<void> {
    if (await this.#isTaken(table, index, value)) throw new DatabaseError('23505', table.name);
  }

  async #isTaken<R extends object>(
    table: Table<R>,
    index: (row: R) => string | undefined,
    value: string,
  ): Promise<boolean> {
    for (;;) {
      let other: Transaction | undefined;
      for (const { committed, pending } of table.cells.values()) {
        const isCommitted = committed !== undefined && index(committed) === value;
        const isPending = pending?.row !== undefined && index(pending.row) === value;
        if (!isCommitted && !isPending) continue;
        if (pending === undefined) return true;
        if (pending.by !== this) other = pending.by;
        else if (isPending) return true;
      }
      if (other === undefined) return false;
      await this.waitFor([other]);
    }
  }

  #put<R extends object>(cell: Cell<R>, row: R | undefined): void {
    cell.pending = { by: this, row };
    this.#touched.add(cell as AnyCell);
  }

  commit(): void {
    for (const cell of this.#touched) {
      cell.committed = cell.pending?.row;
      cell.pending = undefined;
    }
    this.#end();
  }

  rollback(): void {
    for (const cell of this.#touched) cell.pending = undefined;
    this.#end();
  }

  /** Its session is over while it waits. */
  interrupt(error: Error): void {
    this.#interrupt?.(error);
    this.#interrupt = undefined;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waitsFor = [];
    for (const cell of this.#held) cell.holders.delete(this);
    for (const cell of this.#touched)
      if (cell.committed === undefined && cell.pending === undefined && cell.holders.size === 0)
        cell.forget();
    for (const over of this.#whenOver) over();
  }
}

export interface LockOptions<R> {
  readonly skipLocked?: boolean;
  readonly limit?: number;
  readonly order?: (a: R, b: R) => number;
}

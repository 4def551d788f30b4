import type { Transaction } from './transaction.ts';

/** What PostgreSQL lets a row be locked for, the weakest first. */
export type LockMode = 'key share' | 'share' | 'no key update' | 'update';

const CONFLICTS: Readonly<Record<LockMode, readonly LockMode[]>> = {
  'key share': ['update'],
  share: ['no key update', 'update'],
  'no key update': ['share', 'no key update', 'update'],
  update: ['key share', 'share', 'no key update', 'update'],
};
const STRENGTH: readonly LockMode[] = ['key share', 'share', 'no key update', 'update'];

export function conflicts(held: LockMode, wanted: LockMode): boolean {
  return CONFLICTS[wanted].includes(held);
}

export function stronger(a: LockMode | undefined, b: LockMode): LockMode {
  return a !== undefined && STRENGTH.indexOf(a) > STRENGTH.indexOf(b) ? a : b;
}

export type Key = string | number;

/** A row: what is committed, what one transaction has made of it, and who holds it. Rows themselves never change. */
export interface Cell<R> {
  readonly key: Key;
  committed: R | undefined;
  pending: { readonly by: Transaction; readonly row: R | undefined } | undefined;
  readonly holders: Map<Transaction, LockMode>;
  /** Takes it out of its table. */
  readonly forget: () => void;
}

/** A foreign key: the row of `table` that must be there; null where the column is. */
export interface Reference<R> {
  readonly table: () => Table<never>;
  readonly key: (row: R) => Key;
}

export interface TableOptions<R> {
  readonly key: (row: R) => Key;
  /** Further unique indexes; undefined for a row that a partial one leaves out. */
  readonly unique?: readonly ((row: R) => string | undefined)[];
  readonly references?: readonly Reference<R>[];
  /** Rows of others that name a row of this table, and what becomes of them when it is deleted. */
  readonly referencedBy?: readonly {
    readonly table: () => Table<never>;
    readonly where: (child: never, parent: R) => boolean;
    readonly cascade: boolean;
  }[];
  /** The CHECK constraints. */
  readonly check?: (row: R) => boolean;
}

/** A table with its constraints. */
export class Table<R extends object> {
  readonly name: string;
  readonly options: TableOptions<R>;
  cells = new Map<Key, Cell<R>>();
  /** GENERATED ALWAYS AS IDENTITY: numbers that a rollback does not give back. */
  #serial = 0;

  constructor(name: string, options: TableOptions<R>) {
    this.name = name;
    this.options = options;
  }

  nextId(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** The rows as `by` sees them; with undefined, what is committed. */
  rows(by?: Transaction): R[] {
    const seen: R[] = [];
    for (const cell of this.cells.values()) {
      const row = visible(cell, by);
      if (row !== undefined) seen.push(row);
    }
    return seen;
  }

  get(key: Key, by?: Transaction): R | undefined {
    const cell = this.cells.get(key);
    return cell && visible(cell, by);
  }

  cell(key: Key): Cell<R> {
    const known = this.cells.get(key);
    if (known !== undefined) return known;
    return this.#place(key, undefined);
  }

  #place(key: Key, committed: R | undefined): Cell<R> {
    const { cells } = this;
    const forget = (): void => void cells.delete(key);
    const cell: Cell<R> = { key, committed, pending: undefined, holders: new Map(), forget };
    cells.set(key, cell);
    return cell;
  }

  /** What a backup holds of it. */
  backup(): () => void {
    const rows = [...this.cells.values()].flatMap(({ key, committed }) =>
      committed === undefined ? [] : [[key, committed] as const],
    );
    const serial = this.#serial;
    return () => {
      this.cells = new Map();
      for (const [key, committed] of rows) this.#place(key, committed);
      this.#serial = serial;
    };
  }
}

export function visible<R>(cell: Cell<R>, by: Transaction | undefined): R | undefined {
  return cell.pending !== undefined && cell.pending.by === by ? cell.pending.row : cell.committed;
}

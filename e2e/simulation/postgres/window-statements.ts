import { createHash } from 'node:crypto';
import * as due from '../../../services/delivery/src/postgres/due-destinations.ts';
import * as windows from '../../../services/delivery/src/postgres/windows.ts';
import type { Shape } from '../../../services/delivery/src/domain/window.ts';
import type { CourierTables, CursorRow, WindowRow } from './courier-tables.ts';
import { compare } from './lease-statements.ts';
import type { LedgerTables } from './ledger-statements.ts';
import type { SimDatabase } from './sim-database.ts';
import type { Transaction } from './transaction.ts';

/** `delivery.next_timer`, ms since 1970. */
export function nextTimer(tx: Transaction, destination: string, intervalS: number): number {
  const hash = Number.parseInt(createHash('md5').update(destination).digest('hex').slice(0, 8), 16);
  const phaseMs = hash % (intervalS * 1000);
  const intervalMs = intervalS * 1000;
  return Math.floor((tx.clock - phaseMs) / intervalMs) * intervalMs + intervalMs + phaseMs;
}

/** Timers and windows. */
export function onWindows(database: SimDatabase, tables: CourierTables, { heads }: LedgerTables): void {
  const { cursors, destinations, windows: table } = tables;
  const headOf = (tx: Transaction, org: string): number => heads.get(org, tx)?.sequence ?? 0;
  const underWay = (tx: Transaction, id: string): WindowRow[] =>
    table.rows(tx).filter((row) => row.destination === id && row.state !== 'delivered');
  database.on(due.REST, async (tx, partitions: readonly number[]) => {
    const busy = new Set(
      table.rows(tx).flatMap((row) => (row.state === 'delivered' ? [] : [row.destination])),
    );
    const sequences = new Map(heads.rows(tx).map(({ org, sequence }) => [org, sequence]));
    const isQuiet = (row: CursorRow): boolean =>
      row.active &&
      partitions.includes(row.partition) &&
      row.next_at <= tx.now &&
      (sequences.get(row.org) ?? 0) <= row.cursor &&
      !busy.has(row.destination);
    const rows = await tx.lockWhere(cursors, 'update', isQuiet, { skipLocked: true });
    const quiet = new Set(rows.map(({ destination }) => destination));
    const rested = await tx.update(
      cursors,
      ({ destination }) => quiet.has(destination),
      ({ destination, interval_s }) => ({ next_at: nextTimer(tx, destination, interval_s) }),
    );
    return rested.length;
  });
  database.on(
    due.DUE,
    (tx, partitions: readonly number[], slow: boolean, besides: readonly string[], most: number) => {
      const isDue = (row: CursorRow): boolean =>
        row.active &&
        partitions.includes(row.partition) &&
        row.next_at <= tx.now &&
        row.slow === slow &&
        !besides.includes(row.destination);
      const found = cursors.rows(tx).filter(isDue);
      return found
        .toSorted((a, b) => compare(a.next_at, b.next_at))
        .slice(0, most)
        .map(({ destination, org, partition }) => ({ destination, org, partition }));
    },
  );
  database.on(windows.CURSOR, (tx, id: string) => {
    const row = cursors.get(id, tx);
    const destination = destinations.get(id, tx);
    if (row === undefined || destination === undefined) return [];
    const { org, state } = destination;
    return [{ active: row.active, cursor: row.cursor, org, state, head: headOf(tx, row.org) }];
  });
  database.on(windows.UNDER_WAY, (tx, id: string) => underWay(tx, id).map(shown));
  database.on(
    windows.OPEN,
    async (tx, destination: string, first: number, last: number, settings_version: number, shape: Shape) => {
      const id = table.nextId();
      const row = { id, destination, first, last, settings_version, shape, state: 'open' } as const;
      return [shown(await tx.insert<WindowRow>(table, row))];
    },
  );
  database.on(windows.NEXT_TIMER, async (tx, id: string) => {
    const isIt = (row: CursorRow): boolean => row.destination === id;
    const change = ({ interval_s }: CursorRow) => ({ next_at: nextTimer(tx, id, interval_s) });
    return (await tx.update(cursors, isIt, change)).length;
  });
}

function shown({ settings_version: settingsVersion, ...row }: WindowRow): object {
  return { ...row, settingsVersion };
}

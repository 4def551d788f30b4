import * as receipts from '../../../services/delivery/src/postgres/receipts.ts';
import type { Failure } from '../../../services/delivery/src/domain/failure.ts';
import type { CourierTables, CursorRow, ReceiptRow, WindowRow } from './courier-tables.ts';
import { unsent } from './plan-statements.ts';
import type { SimDatabase } from './sim-database.ts';
import { nextTimer } from './window-statements.ts';

/** Receipts, and what a turn ends with. */
export function onReceipts(database: SimDatabase, tables: CourierTables): void {
  const { receipts: table, windows, cursors } = tables;
  database.on(
    receipts.INSERT,
    async (
      tx,
      plan: string,
      destination: string,
      attempt: number,
      found: boolean,
      _etag: string | null,
      _requestId: string | null,
      events: number,
    ) => {
      const row = await tx.insertOrLeave<ReceiptRow>(table, { plan, destination, attempt, found, events });
      return row === undefined ? 0 : 1;
    },
  );
  database.on(receipts.OPEN_PLANS, (tx, window: number) =>
    unsent(tables, tx, window)
      .slice(0, 1)
      .map(() => ({})),
  );
  database.on(receipts.DELIVERED, async (tx, id: number) => {
    const isPlanned = (row: WindowRow): boolean => row.id === id && row.state === 'planned';
    const done = await tx.update(windows, isPlanned, () => ({ state: 'delivered' as const }));
    return done.map(({ last }) => ({ last }));
  });
  const onCursor = (text: string, change: (row: CursorRow, now: number) => Partial<CursorRow>): void =>
    database.on(text, async (tx, id: string) => {
      const isIt = (row: CursorRow): boolean => row.destination === id;
      return (await tx.update(cursors, isIt, (row) => change(row, tx.now))).length;
    });
  onCursor(receipts.SENT, ({ objects }) => ({ objects: objects + 1, failures: 0, last_failure: null }));
  onCursor(receipts.CONTINUE, (_row, next_at) => ({ slow: true, next_at }));
  database.on(receipts.ADVANCE, async (tx, id: string, cursor: number) => {
    const isBehind = (row: CursorRow): boolean => row.destination === id && row.cursor < cursor;
    const change = ({ windows: done, interval_s }: CursorRow) => ({
      cursor,
      windows: done + 1,
      slow: false,
      next_at: nextTimer(tx, id, interval_s),
    });
    return (await tx.update(cursors, isBehind, change)).length;
  });
  database.on(receipts.FAILURES, async (tx, id: string) => {
    const rows = await tx.lockWhere(cursors, 'update', (row) => row.destination === id);
    return rows.map(({ failures }) => ({ failures }));
  });
  database.on(
    receipts.FAIL,
    async (tx, id: string, last_failure: Failure, pauseS: number, isTheirs: boolean) => {
      const isIt = (row: CursorRow): boolean => row.destination === id;
      const change = ({ failures, slow }: CursorRow) => ({
        failures: failures + 1,
        last_failure,
        slow: slow || isTheirs,
        next_at: tx.now + pauseS * 1000,
      });
      return (await tx.update(cursors, isIt, change)).length;
    },
  );
}

import * as attempts from '../../../services/delivery/src/postgres/attempts.ts';
import * as plans from '../../../services/delivery/src/postgres/plans.ts';
import type { AttemptRow, CourierTables, PlanRow, WindowRow } from './courier-tables.ts';
import type { SimDatabase } from './sim-database.ts';
import type { Transaction } from './transaction.ts';

/** Plans and attempts. */
export function onPlans(database: SimDatabase, tables: CourierTables): void {
  onPlanning(database, tables);
  onAttempts(database, tables);
}

/** Plans of a window whose objects have no receipt, in the order in which they are to be sent. */
export function unsent(
  { plans: table, receipts }: CourierTables,
  tx: Transaction,
  window: number,
): PlanRow[] {
  const open = table
    .rows(tx)
    .filter((row) => row.window_id === window && row.events > 0 && receipts.get(row.id, tx) === undefined);
  return open.toSorted((a, b) => a.first - b.first || (a.part < b.part ? -1 : 1));
}

function onPlanning(database: SimDatabase, tables: CourierTables): void {
  const { plans: table, windows, leases } = tables;
  database.on(plans.UNSENT, (tx, window: number) => unsent(tables, tx, window).slice(0, 1).map(shown));
  database.on(plans.PLANNED_TO, (tx, window: number) => {
    const lasts = table.rows(tx).flatMap((row) => (row.window_id === window ? [row.last] : []));
    return [{ last: lasts.length === 0 ? null : Math.max(...lasts) }];
  });
  onRanges(database, tables);
  database.on(
    plans.INSERT,
    async (
      tx,
      id: string,
      window_id: number,
      destination: string,
      first: number,
      last: number,
      part: string,
      layout: string,
      layout_version: number,
      key: string,
      events: number,
      filtered: number,
      quarantined: number,
      bytes: number,
      digest: string,
      planned_at: Date,
    ) => {
      await tx.insert<PlanRow>(table, {
        id,
        window_id,
        destination,
        first,
        last,
        part,
        layout,
        layout_version,
        key,
        events,
        filtered,
        quarantined,
        bytes,
        digest,
        planned_at,
        copied_in: null,
      });
      return 1;
    },
  );
  database.on(plans.PLANNED, async (tx, id: number, last: number) => {
    const isIt = (row: WindowRow): boolean => row.id === id && row.last === last;
    return (await tx.update(windows, isIt, () => ({ state: 'planned' as const }))).length;
  });
  database.on(plans.LOCK_WINDOW, async (tx, id: number) =>
    (await tx.lockWhere(windows, 'no key update', (row) => row.id === id)).map(() => ({})),
  );
  database.on(plans.COPIED, async (tx, ids: readonly string[], copied_in: string) => {
    const isOne = (row: PlanRow): boolean => ids.includes(row.id);
    return (await tx.update(table, isOne, () => ({ copied_in }))).length;
  });
  database.on(plans.LAST_COPY, async (tx, partition: number, last_copy: string) => {
    const isBehind = (row: { partition: number; last_copy: string }): boolean =>
      row.partition === partition && row.last_copy < last_copy;
    return (await tx.update(leases, isBehind, () => ({ last_copy }))).length;
  });
}

function onRanges(database: SimDatabase, { plans: table, destinations }: CourierTables): void {
  database.on(plans.OF_RANGE, (tx, destination: string, first: number) => {
    const its = table.rows(tx).filter((row) => row.destination === destination && row.first === first);
    return its.toSorted((a, b) => (a.part < b.part ? -1 : 1)).map(shown);
  });
  database.on(plans.LATEST, (tx, org: string) => {
    const times = table
      .rows(tx)
      .flatMap((row) =>
        destinations.get(row.destination, tx)?.org === org ? [row.planned_at.getTime()] : [],
      );
    return [{ at: times.length === 0 ? null : new Date(Math.max(...times)) }];
  });
}

function shown({ window_id: window, ...row }: PlanRow): object {
  const { layout_version: layoutVersion, planned_at: plannedAt, copied_in: copiedIn, ...rest } = row;
  return { ...rest, window, layoutVersion, plannedAt, copiedIn };
}

function onAttempts(
  database: SimDatabase,
  { attempts: table, plans: planTable, cursors }: CourierTables,
): void {
  database.on(attempts.ACTIVE, (tx, destination: string, plan: string) => {
    const row = cursors.get(destination, tx);
    return row === undefined ? [] : [{ active: row.active && planTable.get(plan, tx) !== undefined }];
  });
  database.on(attempts.EARLIER, (tx, plan: string) => {
    const its = table.rows(tx).filter((row) => row.plan === plan);
    return [{ attempts: its.length, may_have_written: its.some((row) => row.may_have_written) }];
  });
  database.on(attempts.BEGIN, async (tx, plan: string, number: number, epoch: number) => {
    const id = table.nextId();
    const row = { id, plan, number, epoch, outcome: null, may_have_written: true, code: null };
    await tx.insert<AttemptRow>(table, row);
    return [{ id }];
  });
  database.on(
    attempts.END,
    async (tx, id: number, outcome: string, may_have_written: boolean, code: string | null) => {
      const isIt = (row: AttemptRow): boolean => row.id === id;
      return (await tx.update(table, isIt, () => ({ outcome, may_have_written, code }))).length;
    },
  );
}

import * as adopted from '../../../services/delivery/src/postgres/adopted-plans.ts';
import type { AttemptRow, CourierTables, LeaseRow, PlanRow, WindowRow } from './courier-tables.ts';
import type { SimDatabase } from './sim-database.ts';

/** What is taken up from copies of plans. */
export function onAdoption(database: SimDatabase, tables: CourierTables): void {
  const { leases, cursors, plans, windows, destinations, attempts } = tables;
  database.on(adopted.LAST_COPY, (tx, partition: number) => {
    const row = leases.get(partition, tx);
    return row === undefined ? [] : [{ last_copy: row.last_copy }];
  });
  database.on(adopted.RAISE, async (tx, partition: number, from: number, epoch: number) => {
    const isIt = (row: LeaseRow): boolean => row.partition === partition && row.epoch === from;
    return (await tx.update(leases, isIt, () => ({ epoch }))).map(({ partition: its }) => ({
      partition: its,
      epoch,
    }));
  });
  database.on(adopted.CURSOR, (tx, id: string) => {
    const row = cursors.get(id, tx);
    const destination = destinations.get(id, tx);
    if (row === undefined || destination === undefined) return [];
    const { prefix, state } = destination;
    return [{ cursor: row.cursor, prefix, settingsVersion: state.settingsVersion }];
  });
  database.on(adopted.KNOWN, (tx, plan: string) => (plans.get(plan, tx) === undefined ? [] : [{}]));
  database.on(adopted.UNDER_WAY, (tx, id: string) => {
    const open = windows.rows(tx).filter((row) => row.destination === id && row.state !== 'delivered');
    return open.map((window) => {
      const its = plans.rows(tx).filter((plan) => plan.window_id === window.id);
      if (its.length === 0) return { id: window.id, planned_to: window.first - 1, newest_first: null };
      const planned_to = Math.max(...its.map(({ last }) => last));
      return { id: window.id, planned_to, newest_first: Math.max(...its.map(({ first }) => first)) };
    });
  });
  database.on(
    adopted.OPEN,
    async (
      tx,
      destination: string,
      first: number,
      last: number,
      settings_version: number,
      layout: string,
    ) => {
      const prefix = destinations.get(destination, tx)?.prefix;
      if (prefix === undefined) return [];
      const id = windows.nextId();
      const shape = { prefix, layout };
      const row = { id, destination, first, last, settings_version, shape, state: 'open' } as const;
      return [{ id: (await tx.insert<WindowRow>(windows, row)).id }];
    },
  );
  database.on(adopted.EXTEND, async (tx, id: number, last: number) => {
    const isIt = (row: WindowRow): boolean => row.id === id;
    const change = (row: WindowRow) => ({ last: Math.max(row.last, last), state: 'open' }) as const;
    return (await tx.update(windows, isIt, change)).length;
  });
  database.on(adopted.ATTEMPTED, async (tx, plan: string, epoch: number) => {
    await tx.insert<AttemptRow>(attempts, {
      id: attempts.nextId(),
      plan,
      number: 0,
      epoch,
      code: null,
      outcome: 'restored',
      may_have_written: true,
    });
    return 1;
  });
  database.on(adopted.NOTE, async (tx, id: string, copied_in: string) => {
    const isNew = (row: PlanRow): boolean => row.id === id && row.copied_in === null;
    return (await tx.update(plans, isNew, () => ({ copied_in }))).length;
  });
  database.on(adopted.LAST, async (tx, partition: number, last_copy: string) => {
    const isIt = (row: LeaseRow): boolean => row.partition === partition;
    return (await tx.update(leases, isIt, () => ({ last_copy }))).length;
  });
}

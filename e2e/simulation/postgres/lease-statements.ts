import * as leases from '../../../services/delivery/src/postgres/leases.ts';
import type { CourierTables, LeaseRow } from './courier-tables.ts';
import type { SimDatabase } from './sim-database.ts';

const HOUR_MS = 3_600_000;

/** Who delivers which partition. */
export function onLeases(database: SimDatabase, { couriers, leases: table }: CourierTables): void {
  database.on(leases.SEEN, async (tx, id: string) => {
    await tx.upsert(couriers, { id, seen_at: tx.now }, () => ({ seen_at: tx.now }));
    return 1;
  });
  database.on(leases.FORGET, (tx, id: string) =>
    tx.delete(couriers, (row) => row.id === id || row.seen_at < tx.now - HOUR_MS),
  );
  database.on(leases.COURIERS, (tx, seconds: number) => {
    const living = couriers.rows(tx).filter(({ seen_at }) => seen_at > tx.now - seconds * 1000).length;
    return [{ couriers: Math.max(1, living), partitions: table.rows(tx).length }];
  });
  database.on(leases.RENEW, async (tx, holder: string, seconds: number, partitions: readonly number[]) => {
    const isHeld = (row: LeaseRow): boolean => row.holder === holder && partitions.includes(row.partition);
    return (await tx.update(table, isHeld, () => ({ expires_at: tx.now + seconds * 1000 }))).map(leaseOf);
  });
  database.on(leases.TAKE, async (tx, holder: string, seconds: number, limit: number) => {
    const isFree = (row: LeaseRow): boolean => row.expires_at < tx.now;
    const order = (a: LeaseRow, b: LeaseRow): number => compare(a.expires_at, b.expires_at);
    const free = await tx.lockWhere(table, 'update', isFree, { skipLocked: true, limit, order });
    const taken = new Set(free.map(({ partition }) => partition));
    const rows = await tx.update(
      table,
      ({ partition }) => taken.has(partition),
      ({ epoch }) => ({ holder, epoch: epoch + 1, expires_at: tx.now + seconds * 1000 }),
    );
    return rows.map(leaseOf);
  });
  database.on(leases.RELEASE, async (tx, holder: string, partitions: readonly number[]) => {
    const isGiven = (row: LeaseRow): boolean => row.holder === holder && partitions.includes(row.partition);
    return (await tx.update(table, isGiven, () => ({ holder: null, expires_at: -Infinity }))).length;
  });
  database.on(leases.FENCE, async (tx, partition: number, epoch: number) => {
    const isOurs = (row: LeaseRow): boolean => row.partition === partition && row.epoch === epoch;
    return (await tx.lockWhere(table, 'key share', isOurs)).map(() => ({}));
  });
}

const leaseOf = ({ partition, epoch }: LeaseRow) => ({ partition, epoch });

/** By value, where the smallest may be −∞. */
export function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

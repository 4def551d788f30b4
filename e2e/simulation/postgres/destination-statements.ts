import * as stream from '../../../services/delivery/src/postgres/destination-stream.ts';
import type { Destination } from '../../../services/delivery/src/domain/destination.ts';
import type {
  CourierTables,
  CursorRow,
  DestinationEventRow,
  DestinationRow,
  LeaseRow,
} from './courier-tables.ts';
import type { SimDatabase } from './sim-database.ts';
import type { Transaction } from './transaction.ts';
import { nextTimer } from './window-statements.ts';

/** What admins, and the courier with them, do to destinations. */
export function onDestinations(database: SimDatabase, tables: CourierTables): void {
  onStream(database, tables);
  onCreation(database, tables);
  onPlaces(database, tables);
}

function onStream(database: SimDatabase, { cursors, destinations, events }: CourierTables): void {
  database.on(stream.LOCK_CURSOR, async (tx, id: string) =>
    (await tx.lockWhere(cursors, 'update', (row) => row.destination === id)).map(() => ({})),
  );
  database.on(stream.LOAD, async (tx, wanted: string) => {
    const rows = await tx.lockWhere(destinations, 'update', ({ id }) => id === wanted);
    return rows.map(({ id, org, partition, version, state }) => ({ id, org, partition, version, state }));
  });
  database.on(stream.APPEND, async (tx, destination: string, version: number, json: string) => {
    const added = JSON.parse(json) as { type: string }[];
    for (const [index, { type }] of added.entries())
      await tx.insert<DestinationEventRow>(events, { destination, version: version + index + 1, type });
    return added.length;
  });
  database.on(
    stream.PROJECT,
    async (
      tx,
      id: string,
      version: number,
      state: Destination,
      status: string,
      bucket: string,
      prefix: string,
    ) => {
      const isIt = (row: DestinationRow): boolean => row.id === id;
      const stored = JSON.parse(JSON.stringify(state)) as Destination;
      return (await tx.update(destinations, isIt, () => ({ version, state: stored, status, bucket, prefix })))
        .length;
    },
  );
  database.on(stream.STEER, async (tx, id: string, active: boolean, interval_s: number, soon: boolean) => {
    const isIt = (row: CursorRow): boolean => row.destination === id;
    const change = (row: CursorRow) => {
      const next = row.interval_s === interval_s ? Infinity : nextTimer(tx, id, interval_s);
      return { active, interval_s, next_at: Math.min(row.next_at, soon ? tx.now : next) };
    };
    return (await tx.update(cursors, isIt, change)).length;
  });
}

function onCreation(database: SimDatabase, { cursors, destinations, leases }: CourierTables): void {
  database.on(
    stream.INSERT,
    async (
      tx,
      id: string,
      org: string,
      partition: number,
      bucket: string,
      prefix: string,
      external_id: string,
      state: Destination,
    ) => {
      await tx.insert<DestinationRow>(destinations, {
        id,
        org,
        partition,
        version: 0,
        status: 'pending',
        bucket,
        prefix,
        external_id,
        state: JSON.parse(JSON.stringify(state)) as Destination,
      });
      return 1;
    },
  );
  database.on(
    stream.INSERT_CURSOR,
    async (tx, destination: string, org: string, partition: number, interval_s: number, start: number) => {
      await tx.insert<CursorRow>(cursors, {
        destination,
        org,
        partition,
        active: true,
        slow: true,
        interval_s,
        start,
        cursor: start,
        next_at: nextTimer(tx, destination, interval_s),
        failures: 0,
        last_failure: null,
        windows: 0,
        objects: 0,
      });
      return 1;
    },
  );
  database.on(stream.INSERT_LEASE, async (tx, partition: number) => {
    const row: LeaseRow = { partition, epoch: 0, holder: null, expires_at: -Infinity, last_copy: '' };
    return (await tx.insertOrLeave(leases, row)) === undefined ? 0 : 1;
  });
}

function onPlaces(database: SimDatabase, { destinations, attempts, plans, windows }: CourierTables): void {
  database.on(stream.LOCK_BUCKET, async (tx, bucket: string) => {
    await advisoryLock(database, tx, `bucket ${bucket}`);
    return [{ pg_advisory_xact_lock: '' }];
  });
  database.on(stream.NEIGHBOURS, (tx, bucket: string, prefix: string, id: string, org: string) => {
    const isNeighbour = (row: DestinationRow): boolean =>
      row.bucket === bucket &&
      row.org === org &&
      row.status !== 'deleted' &&
      row.id !== id &&
      (prefix.startsWith(row.prefix) || row.prefix.startsWith(prefix));
    return destinations
      .rows(tx)
      .filter(isNeighbour)
      .slice(0, 1)
      .map(() => ({}));
  });
  database.on(stream.MAY_HAVE_WRITTEN, (tx, id: string) => {
    const mayHave = attempts
      .rows(tx)
      .some((row) => row.may_have_written && plans.get(row.plan, tx)?.destination === id);
    return [{ may: mayHave }];
  });
  database.on(stream.DROP_PLANS, (tx, id: string) => tx.delete(plans, (row) => row.destination === id));
  database.on(stream.DROP_WINDOWS, (tx, id: string) => tx.delete(windows, (row) => row.destination === id));
}

async function advisoryLock({ transactionLocks }: SimDatabase, tx: Transaction, name: string): Promise<void> {
  for (let holder = transactionLocks.get(name); holder !== undefined; holder = transactionLocks.get(name)) {
    if (holder === tx) return;
    await tx.waitFor([holder]);
  }
  transactionLocks.set(name, tx);
}

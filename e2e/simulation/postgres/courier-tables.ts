import type { Destination } from '../../../services/delivery/src/domain/destination.ts';
import type { Failure } from '../../../services/delivery/src/domain/failure.ts';
import type { Shape } from '../../../services/delivery/src/domain/window.ts';
import type { SimDatabase } from './sim-database.ts';
import { Table } from './table.ts';

export interface CourierRow {
  readonly id: string;
  readonly seen_at: number;
}
export interface LeaseRow {
  readonly partition: number;
  readonly epoch: number;
  readonly holder: string | null;
  readonly expires_at: number;
  readonly last_copy: string;
}
export interface DestinationRow {
  readonly id: string;
  readonly org: string;
  readonly partition: number;
  readonly version: number;
  readonly status: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly external_id: string;
  readonly state: Destination;
}
export interface DestinationEventRow {
  readonly destination: string;
  readonly version: number;
  readonly type: string;
}
export interface CursorRow {
  readonly destination: string;
  readonly org: string;
  readonly partition: number;
  readonly active: boolean;
  readonly slow: boolean;
  readonly interval_s: number;
  readonly start: number;
  readonly cursor: number;
  readonly next_at: number;
  readonly failures: number;
  readonly last_failure: Failure | null;
  readonly windows: number;
  readonly objects: number;
}
export interface WindowRow {
  readonly id: number;
  readonly destination: string;
  readonly first: number;
  readonly last: number;
  readonly settings_version: number;
  readonly shape: Shape;
  readonly state: 'open' | 'planned' | 'delivered';
}
export interface PlanRow {
  readonly id: string;
  readonly window_id: number;
  readonly destination: string;
  readonly first: number;
  readonly last: number;
  readonly part: string;
  readonly layout: string;
  readonly layout_version: number;
  readonly key: string;
  readonly events: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly bytes: number;
  readonly digest: string;
  readonly planned_at: Date;
  readonly copied_in: string | null;
}
export interface AttemptRow {
  readonly id: number;
  readonly plan: string;
  readonly number: number;
  readonly epoch: number;
  readonly outcome: string | null;
  readonly may_have_written: boolean;
  readonly code: string | null;
}
export interface ReceiptRow {
  readonly plan: string;
  readonly destination: string;
  readonly attempt: number;
  readonly found: boolean;
  readonly events: number;
}

export interface CourierTables {
  readonly couriers: Table<CourierRow>;
  readonly leases: Table<LeaseRow>;
  readonly destinations: Table<DestinationRow>;
  readonly events: Table<DestinationEventRow>;
  readonly cursors: Table<CursorRow>;
  readonly windows: Table<WindowRow>;
  readonly plans: Table<PlanRow>;
  readonly attempts: Table<AttemptRow>;
  readonly receipts: Table<ReceiptRow>;
}

const any = (table: unknown): Table<never> => table as Table<never>;

/** The courier's tables with their keys, as its migration makes them. */
export function courierTables(database: SimDatabase): CourierTables {
  const toDestination = {
    table: () => any(destinations),
    key: ({ destination }: { destination: string }) => destination,
  };
  const destinations: Table<DestinationRow> = database.add(
    new Table<DestinationRow>('destination', {
      key: ({ id }) => id,
      unique: [({ external_id }) => external_id],
    }),
  );
  const windows: Table<WindowRow> = database.add(
    new Table<WindowRow>('delivery_window', {
      key: ({ id }) => id,
      unique: [
        ({ destination, first }) => `${destination} ${first}`,
        ({ destination, state }) => (state === 'delivered' ? undefined : `under way ${destination}`),
      ],
      references: [toDestination],
      referencedBy: [
        {
          table: () => any(plans),
          where: (plan: PlanRow, { id }: WindowRow) => plan.window_id === id,
          cascade: false,
        },
      ],
      check: ({ first, last }) => last >= first,
    }),
  );
  const plans: Table<PlanRow> = database.add(
    new Table<PlanRow>('object_plan', {
      key: ({ id }) => id,
      unique: [
        ({ destination, first, part }) => `${destination} ${first} ${part}`,
        ({ destination, key }) => `${destination} ${key}`,
      ],
      references: [{ table: () => any(windows), key: ({ window_id }) => window_id }, toDestination],
      referencedBy: [
        {
          table: () => any(attempts),
          where: (row: AttemptRow, { id }: PlanRow) => row.plan === id,
          cascade: true,
        },
        {
          table: () => any(receipts),
          where: (row: ReceiptRow, { id }: PlanRow) => row.plan === id,
          cascade: false,
        },
      ],
      check: ({ first, last }) => last >= first,
    }),
  );
  const attempts: Table<AttemptRow> = database.add(
    new Table<AttemptRow>('attempt', {
      key: ({ id }) => id,
      unique: [({ plan, number }) => `${plan} ${number}`],
      references: [{ table: () => any(plans), key: ({ plan }) => plan }],
      referencedBy: [
        {
          table: () => any(receipts),
          where: (row: ReceiptRow, { id }: AttemptRow) => row.attempt === id,
          cascade: false,
        },
      ],
    }),
  );
  const receipts: Table<ReceiptRow> = database.add(
    new Table<ReceiptRow>('receipt', {
      key: ({ plan }) => plan,
      references: [
        { table: () => any(plans), key: ({ plan }) => plan },
        toDestination,
        { table: () => any(attempts), key: ({ attempt }) => attempt },
      ],
    }),
  );
  return {
    couriers: database.add(new Table<CourierRow>('courier', { key: ({ id }) => id })),
    leases: database.add(new Table<LeaseRow>('courier_lease', { key: ({ partition }) => partition })),
    destinations,
    events: database.add(
      new Table<DestinationEventRow>('destination_event', {
        key: ({ destination, version }) => `${destination} ${version}`,
      }),
    ),
    cursors: database.add(
      new Table<CursorRow>('destination_cursor', {
        key: ({ destination }) => destination,
        references: [toDestination],
        check: ({ start, cursor }) => start <= cursor,
      }),
    ),
    windows,
    plans,
    attempts,
    receipts,
  };
}

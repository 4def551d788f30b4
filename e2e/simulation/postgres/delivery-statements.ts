import { onAdoption } from './adoption-statements.ts';
import { type CourierTables, courierTables } from './courier-tables.ts';
import { onDestinations } from './destination-statements.ts';
import { addLedger, type LedgerTables } from './ledger-statements.ts';
import { addSegmentAdoption } from './segment-adoption-statements.ts';
import { onLeases } from './lease-statements.ts';
import { onPlans } from './plan-statements.ts';
import { onReceipts } from './receipt-statements.ts';
import type { SimDatabase } from './sim-database.ts';
import { onWindows } from './window-statements.ts';

export type DeliveryTables = LedgerTables & CourierTables;

/** The schema `delivery`, its outbox apart. */
export function addDelivery(database: SimDatabase): DeliveryTables {
  const ledger = addLedger(database);
  addSegmentAdoption(database, ledger);
  const courier = courierTables(database);
  onLeases(database, courier);
  onWindows(database, courier, ledger);
  onPlans(database, courier);
  onReceipts(database, courier);
  onAdoption(database, courier);
  onDestinations(database, courier);
  return { ...ledger, ...courier };
}

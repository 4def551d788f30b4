import { inTransaction } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { Gathered } from './domain/gather-batch.ts';
import { monthOf, type Month } from './domain/month.ts';
import { moveCheckpoint } from './postgres/checkpoints.ts';
import { insertEvents, insertQuarantined } from './postgres/insert-rows.ts';
import type { Months } from './postgres/months.ts';

/** Where a crash is tried: before anything, inside the transaction, after it. */
export const PROJECTOR_CRASH_POINTS = [
  'projector.before-months',
  'projector.before-transaction',
  'projector.after-checkpoint',
  'projector.after-rows',
  'projector.after-commit',
] as const;
export type ProjectorCrashPoint = (typeof PROJECTOR_CRASH_POINTS)[number];

export interface ProjectorDependencies {
  readonly pool: pg.Pool;
  readonly months: Months;
  readonly reached: Reached<ProjectorCrashPoint>;
}

/**
 * Makes a batch durable: rows and checkpoint in one transaction, the checkpoint first, by compare-and-swap, so that one of
 * two projectors waits for the other and then finds itself fenced before it adds a row.
 *
 * Killed anywhere, the projection stands where its checkpoint says. A lost answer to COMMIT is an error like any other:
 * the partition is opened again and the checkpoint tells what is true.
 */
export async function projectBatch(deps: ProjectorDependencies, gathered: Gathered): Promise<void> {
  const { pool, months, reached } = deps;
  await reached('projector.before-months');
  await months.ensure(monthsOf(gathered));
  await reached('projector.before-transaction');
  await inTransaction(pool, async (client) => {
    await moveCheckpoint(client, gathered);
    await reached('projector.after-checkpoint');
    await insertEvents(client, gathered.events);
    await insertQuarantined(client, gathered.quarantined);
    await reached('projector.after-rows');
  });
  await reached('projector.after-commit');
}

function monthsOf({ events }: Gathered): Month[] {
  const months = new Map<string, Month>();
  for (const { acceptedtime } of events) {
    const month = monthOf(Date.parse(acceptedtime));
    months.set(month.name, month);
  }
  return [...months.values()];
}

import type pg from 'pg';
import type { ObjectStore } from '@auditorium/object-store';
import type { Logger, Reached } from '@auditorium/telemetry';

export const REAPER_POINTS = ['reaper.before-delete', 'reaper.after-delete'] as const;

export interface ReaperDependencies {
  readonly pool: pg.Pool;
  readonly store: ObjectStore;
  readonly log: Logger;
  readonly reached: Reached<(typeof REAPER_POINTS)[number]>;
}

/**
 * Rows that have been abandoned for an hour, and once more after a day. A sealer that was stopped between its row and
 * its PUT (a paused machine) can still write its object when it wakes: it harms nothing, since no reader ever follows an
 * abandoned row, but it would lie there for ever. The row goes on existing, so its object is always known.
 */
export const DUE = `
SELECT id, key, looks FROM delivery.segment
WHERE state = 'abandoned'
  AND (looks = 0 AND abandoned_at < now() - interval '1 hour' OR looks = 1 AND abandoned_at < now() - interval '1 day')
ORDER BY abandoned_at LIMIT 100`;

/**
 * Deleted first, marked then: killed in between, it is deleted again, which changes nothing. Several processes may look at
 * once: together they have looked once, or the second look, a day later, would be left out.
 */
export const LOOKED = `
UPDATE delivery.segment SET looks = looks + 1 WHERE id = $1 AND looks = $2 AND state = 'abandoned'`;

/** Deletes the objects of abandoned segments. Returns how many rows it looked at. */
export async function reapSegments({ pool, store, log, reached }: ReaperDependencies): Promise<number> {
  const { rows } = await pool.query<{ id: number; key: string; looks: number }>(DUE);
  for (const { id, key, looks } of rows) {
    await reached('reaper.before-delete');
    await store.delete(key);
    await reached('reaper.after-delete');
    await pool.query(LOOKED, [id, looks]);
    log.info({ segment: key }, 'object of an abandoned segment deleted');
  }
  return rows.length;
}

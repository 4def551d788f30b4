import { indexOfRawOffset, runOf } from '@auditorium/ledger';
import type pg from 'pg';
import { segmentAt } from './postgres/segment-at.ts';
import type { SegmentFooters } from './s3/segment-footers.ts';

/** Where one accepted event lies in the ledger. */
export interface EventLocation {
  readonly segment: string;
  readonly sequence: number;
}

/** A window of a destination that the event belongs to, and the object it is (to be) in. */
export interface WindowOfEvent {
  readonly destination: string;
  readonly window: number;
  readonly object: string | null;
  readonly state: string;
}

/** Where it lies, and what became of it. */
export interface LocatedEvent extends EventLocation {
  readonly windows: readonly WindowOfEvent[];
}

/**
 * An event by the raw offset it came from: the sealed segment whose raw range holds it, then that segment's footer.
 * Undefined while it is not sealed, and for a raw offset that is no accepted event of this org.
 */
export async function locateEvent(
  deps: { readonly pool: pg.Pool; readonly footers: SegmentFooters },
  org: string,
  partition: number,
  rawOffset: number,
): Promise<EventLocation | undefined> {
  const segment = await segmentAt(deps.pool, partition, rawOffset);
  if (segment === undefined) return undefined;
  const run = runOf(await deps.footers.of(segment), org);
  const index = run && indexOfRawOffset(run, rawOffset);
  return run && index !== undefined ? { segment, sequence: run.first + index } : undefined;
}

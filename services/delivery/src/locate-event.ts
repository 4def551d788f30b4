import { indexOfRawOffset, readRun, runOf, type RunEntry, sliceLines } from '@auditorium/ledger';
import { layoutOf } from '@auditorium/layouts';
import type { ObjectStore } from '@auditorium/object-store';
import type pg from 'pg';
import { segmentAt } from './postgres/segment-at.ts';
import { type PlannedObject, plannedObjectsOf } from './postgres/planned-objects.ts';
import type { SegmentFooters } from './s3/segment-footers.ts';

/** A window of a destination that the event belongs to, and the object it is (to be) in. */
export interface WindowOfEvent {
  readonly destination: string;
  readonly window: number;
  readonly object: string | null;
  readonly state: string;
}

/** Where one accepted event lies in the ledger, and what became of it at each destination that has come to it. */
export interface LocatedEvent {
  readonly segment: string;
  readonly sequence: number;
  readonly windows: readonly WindowOfEvent[];
}

export interface LocateDependencies {
  readonly pool: pg.Pool;
  readonly footers: SegmentFooters;
  /** The ledger's bucket. */
  readonly store: ObjectStore;
}

/**
 * An event by the raw offset it came from: the sealed segment whose raw range holds it, then that segment's footer.
 * Undefined while it is not sealed, and for a raw offset that is no accepted event of this org.
 */
export async function locateEvent(
  deps: LocateDependencies,
  org: string,
  partition: number,
  rawOffset: number,
): Promise<LocatedEvent | undefined> {
  const segment = await segmentAt(deps.pool, partition, rawOffset);
  if (segment === undefined) return undefined;
  const run = runOf(await deps.footers.of(segment), org);
  const index = run && indexOfRawOffset(run, rawOffset);
  if (run === undefined || index === undefined) return undefined;
  const sequence = run.first + index;
  let line: Promise<Buffer> | undefined;
  const readLine = () => (line ??= lineAt(deps.store, segment, run, index));
  return { segment, sequence, windows: await windowsOfEvent(deps.pool, org, sequence, readLine) };
}

/**
 * What became of one event of an org at each of its destinations; one that has not come to it yet is absent.
 * @param line of the event; asked for only where a layout divides lines among objects
 */
export async function windowsOfEvent(
  pool: pg.Pool,
  org: string,
  sequence: number,
  line: () => Promise<Buffer>,
): Promise<WindowOfEvent[]> {
  const planned = await plannedObjectsOf(pool, org, sequence);
  const byWindow = Map.groupBy(planned, ({ window }) => window);
  return Promise.all([...byWindow.values()].map((objects) => windowOf(objects, line)));
}

/** Of the objects of one range the one that holds the event, as its layout divides lines. */
async function windowOf(
  objects: readonly PlannedObject[],
  line: () => Promise<Buffer>,
): Promise<WindowOfEvent> {
  const [first] = objects as [PlannedObject];
  const { destination, window, layout, layoutVersion } = first;
  const whole = { destination, window, object: first.object, state: first.state };
  if (layout === null || layoutVersion === null) return whole;
  const { partOf } = layoutOf(layout, layoutVersion);
  if (partOf === undefined) return whole;
  const part = partOf(await line());
  const found = objects.find((object) => object.part === part);
  if (found === undefined) return { destination, window, object: null, state: 'quarantined' };
  return { destination, window, object: found.object, state: found.state };
}

async function lineAt(store: ObjectStore, segment: string, run: RunEntry, index: number): Promise<Buffer> {
  const packed = await store.get(segment, { from: run.offset, to: run.offset + run.length - 1 });
  return sliceLines(readRun(packed, run).bytes, index, index + 1).subarray(0, -1);
}

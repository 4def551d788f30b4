import { createHash } from 'node:crypto';
import { type Layout, layoutOf } from '@auditorium/layouts';
import { sliceLines } from '@auditorium/ledger';
import type { CourierDependencies, ObjectInHand, Round } from './courier-dependencies.ts';
import { divide } from './domain/divide.ts';
import { type Plan, planTime, type Range, suffixOf } from './domain/window.ts';
import { latestPlanOf, storePlans } from './postgres/plans.ts';

/**
 * Plans the next range of a window: as many events as one object may hold, an object for each part of the layout. The
 * plans are stored before they are answered, in the order in which they are to be sent.
 */
export async function planObjects(
  deps: CourierDependencies,
  round: Round,
  first: number,
): Promise<(ObjectInHand & { lines: Buffer })[]> {
  const { lines, last } = await readRange(deps, round, first);
  const layout = layoutOf(round.window.shape.layout);
  const { parts, quarantined } = divide(layout, lines);
  const plannedAt = planTime(deps.now(), await latestPlanOf(deps.pool, round.destination.org));
  const planned = [...parts].map(([part, its], index) => {
    const share = { part, ...its, quarantined: index === 0 ? quarantined : 0 };
    return { plan: planOf(deps, round, layout, { first, last, plannedAt }, share), lines: its.lines };
  });
  await storePlans(
    deps.pool,
    round.lease,
    planned.map(({ plan }) => plan),
  );
  await deps.reached('courier.planned');
  return planned.filter(({ plan }) => plan.events > 0);
}

/** Lines from `first` on, until the object is full or the window ends; at least one. */
async function readRange(
  { objectBytes }: CourierDependencies,
  { history, window }: Round,
  first: number,
): Promise<{ lines: Buffer; last: number }> {
  const taken: Buffer[] = [];
  let bytes = 0;
  let last = first - 1;
  for await (const piece of history.pieces({ first, last: window.last })) {
    const fitting = linesWithin(piece.lines, objectBytes - bytes, taken.length === 0);
    if (fitting === 0) break;
    const lines = fitting === piece.count ? piece.lines : sliceLines(piece.lines, 0, fitting);
    taken.push(lines);
    bytes += lines.length;
    last += fitting;
    if (fitting < piece.count) break;
  }
  return { lines: taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken, bytes), last };
}

/** How many whole lines fit; one even where it does not, if there must be one. */
function linesWithin(lines: Buffer, bytes: number, atLeastOne: boolean): number {
  let count = 0;
  for (let end = lines.indexOf(0x0a); end >= 0; end = lines.indexOf(0x0a, end + 1)) {
    if (end + 1 > bytes) return count === 0 && atLeastOne ? 1 : count;
    count += 1;
  }
  return count;
}

/** What one part gets of a range. */
interface Share {
  readonly part: string;
  readonly lines: Buffer;
  readonly count: number;
  readonly quarantined: number;
}

function planOf(
  { newId, buckets }: CourierDependencies,
  { window, destination }: Round,
  layout: Layout,
  { first, last, plannedAt }: Range & { readonly plannedAt: Date },
  { part, lines, count, quarantined }: Share,
): Plan {
  const [id, { prefix }] = [newId(), window.shape];
  const [{ org, state }, suffix] = [destination, suffixOf(id)];
  const region = buckets.regionOf(state);
  return {
    id,
    window: window.id,
    destination: window.destination,
    first,
    last,
    part,
    plannedAt,
    layout: layout.name,
    layoutVersion: layout.version,
    key: layout.keyOf({ prefix, org, region, first, last, part, plannedAt, suffix }),
    events: count,
    filtered: 0,
    quarantined,
    bytes: lines.length,
    copiedIn: null,
    digest: createHash('sha256').update(lines).digest('hex'),
  };
}

import type { GapDependencies } from './accept-loss.ts';
import { lostNow } from './domain/decide-acceptance.ts';
import type { Loss } from './domain/loss.ts';
import { adviceOn } from './domain/stop-advice.ts';
import { readLosses, type AcceptedLoss } from './postgres/losses.ts';
import { readRefills, type ShownRefill } from './postgres/refills.ts';
import { readStops } from './postgres/stops.ts';

/** A partition that stands still, as operators see it. */
export interface ShownStop {
  readonly partition: number;
  readonly code: string;
  readonly since: string;
  readonly detail: string;
  /** The raw offsets that are gone, as it is now; null where the code is about something else. */
  readonly lost: Loss | null;
  /** Raw offsets that wait behind what is gone. */
  readonly waiting: number;
  /** What to do next. */
  readonly next: string;
}

export interface ShownStops {
  readonly partitions: readonly ShownStop[];
  /** Everything that was ever accepted as lost in this raw topic. */
  readonly losses: readonly AcceptedLoss[];
  readonly refills: readonly ShownRefill[];
}

/** All partitions of raw that stand still, what was accepted as lost, and the newest wish for each partition. */
export async function showStops({ pool, logs, topics }: GapDependencies): Promise<ShownStops> {
  const stops = await readStops(pool);
  const raw = stops.length === 0 ? new Map<number, never>() : await logs.offsets(topics.raw);
  const partitions = stops.map(({ partition, code, detail, since, rawLast, ...stop }) => {
    const range = raw.get(partition) ?? { start: 0, end: 0 };
    const lost = lostNow({ code, ...stop }, range);
    const behind = lost === undefined ? rawLast + 1 : lost.to + 1;
    return {
      partition,
      code,
      detail,
      since: since.toISOString(),
      lost: lost ?? null,
      waiting: Math.max(0, range.end - Math.max(behind, range.start)),
      next: adviceOn(code, partition, lost),
    };
  });
  return { partitions, losses: await readLosses(pool, topics.raw), refills: await readRefills(pool) };
}

import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { PartitionSession } from './domain/partition-session.ts';
import type { SavedPosition } from './domain/plan-resume.ts';
import { writePosition } from './postgres/positions.ts';

/** Where a test may kill enrichment while it saves; README.md says what each leaves behind. */
export const SAVE_POINTS = ['enrichment.before-save', 'enrichment.after-save'] as const;
export type SavePoint = (typeof SAVE_POINTS)[number];

export interface SaveDependencies {
  readonly pool: pg.Pool;
  readonly now: () => number;
  readonly reached: Reached<SavePoint>;
}

/**
 * The position worth saving now: one that lies a whole memory behind, which costs nothing; or, when `whole`, the newest
 * together with the memory itself. Nothing when the saved one is as good.
 *
 * Between sends, so that everything in the session is acknowledged.
 */
export function positionToSave(session: PartitionSession, whole: boolean): SavedPosition | undefined {
  const { state, enrichedNext: enrichedEnd } = session;
  const marks = state.changedMarks();
  const safe = session.positions.safe(state.last);
  if (safe !== undefined && safe.enrichedNext > session.savedNext) return { ...safe, enrichedEnd, marks };
  const { rawNext, savedNext, savedRawNext } = session;
  if (!whole || (enrichedEnd === savedNext && rawNext === savedRawNext)) return undefined;
  return { ...session.position, rawNext, enrichedEnd, marks, memory: state.memory.export(state.last) };
}

/** Saves it: marks by the greater, the position by compare-and-swap. Losing the swap is no harm: theirs is as good. */
export async function savePosition(
  deps: SaveDependencies,
  session: PartitionSession,
  position: SavedPosition,
): Promise<void> {
  await deps.reached('enrichment.before-save');
  const saved = await writePosition(deps.pool, session.partition, position, session.savedNext);
  await deps.reached('enrichment.after-save');
  session.savedNext = saved;
  session.savedRawNext = position.rawNext ?? position.rawLast + 1;
  session.savedAt = deps.now();
  session.state.marksSaved(position.marks);
}

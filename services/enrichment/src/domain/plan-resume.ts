import { AuditoriumError, LIMITS, NO_DIGEST } from '@auditorium/events';
import { PartitionState } from './partition-state.ts';
import type { Position } from './positions.ts';
import { RepeatMemory } from './repeat-memory.ts';

/** First offset kept of a log, and the one after its last. */
export interface LogRange {
  readonly start: number;
  readonly end: number;
}

/** What was saved of a partition. */
export interface SavedPosition extends Position {
  /** How far enriched had been acknowledged when this was saved: the marks saved with it know everything up to there. */
  readonly enrichedEnd: number;
  /** The memory at `rawLast`; absent where the position lies so far back that the replay rebuilds it. */
  readonly memory?: Buffer | undefined;
  readonly marks: readonly (readonly [outbox: string, sequence: number])[];
  /** Raw offset that was to be read next: between `rawLast` and it only holes lie. Absent where it is `rawLast + 1`. */
  readonly rawNext?: number | undefined;
  /** When it was saved, milliseconds since 1970; absent where nothing was. */
  readonly savedAt?: number | undefined;
}

/** Where a partition begins of which nothing was saved. */
export const BEGINNING: SavedPosition = { enrichedNext: 0, rawLast: -1, enrichedEnd: 0, marks: [] };

/** The state at a saved position. Its marks may already be those of a later one, never of one that enriched does not hold. */
export function restoreState(saved: SavedPosition, span: number = LIMITS.repeatMemory): PartitionState {
  const { rawLast, rawDigest, memory, marks } = saved;
  const repeats = memory === undefined ? new RepeatMemory(span) : RepeatMemory.import(memory, rawLast, span);
  return new PartitionState(rawLast, repeats, marks, rawDigest);
}

/**
 * Whether enriched can be replayed from a saved position.
 *
 * @throws AuditoriumError `enriched-gap` when verdicts are gone that the replay needs; `resume-mismatch` when enriched
 * ends before what it had acknowledged: the topic was made anew or cut back.
 */
export function requireReplay(saved: SavedPosition, enriched: LogRange): void {
  if (enriched.start > saved.enrichedNext) {
    throw new AuditoriumError(
      'enriched-gap',
      `enriched begins at ${enriched.start}, after the saved position ${saved.enrichedNext}`,
      { facts: { saved: { enrichedNext: saved.enrichedNext, enrichedEnd: saved.enrichedEnd }, enriched } },
    );
  }
  if (enriched.end < saved.enrichedEnd) {
    throw new AuditoriumError(
      'resume-mismatch',
      `enriched ends at ${enriched.end}, but had acknowledged everything before ${saved.enrichedEnd}`,
      { facts: { saved: { enrichedNext: saved.enrichedNext, enrichedEnd: saved.enrichedEnd }, enriched } },
    );
  }
}

/**
 * Whether raw goes on where the verdicts end.
 *
 * @param last the last raw offset with a verdict
 * @param next the raw offset to read next: between them only holes lie
 * @throws AuditoriumError `raw-loss` when records were deleted before they had a verdict; `resume-mismatch` when raw ends
 * before `last`.
 */
export function requireContinuation(last: number, raw: LogRange, next = last + 1): void {
  if (raw.start > next) {
    throw new AuditoriumError('raw-loss', `raw begins at ${raw.start}, but verdicts end at ${last}`, {
      facts: { last, next, raw, lost: { from: last + 1, to: raw.start - 1 } },
    });
  }
  if (last >= raw.end) {
    throw new AuditoriumError(
      'resume-mismatch',
      `raw ends at ${raw.end}, before the last verdict, on ${last}`,
      {
        facts: { last, raw },
      },
    );
  }
}

/**
 * Whether raw still holds the record that the last verdict was on, or still lacks it when that verdict is that it was lost.
 *
 * @param given digest in the verdict, 16 or 32 bytes in hex
 * @param found digest of the record, 32 bytes in hex; empty when there is none
 */
export function requireSameRecord(last: number, given: string, found: string): void {
  if (given === NO_DIGEST ? found === '' : found.startsWith(given)) return;
  throw new AuditoriumError(
    'resume-mismatch',
    `raw holds another record at ${last} than the verdict on it names`,
    {
      facts: { last, given, found },
    },
  );
}

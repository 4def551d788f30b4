import type { Loss } from './loss.ts';
import type { PartitionState } from './partition-state.ts';
import { Positions, type Position } from './positions.ts';

/**
 * A partition while it is being enriched: what verdicts depend on, and where the next one will lie in enriched. Good as
 * long as every send was acknowledged at the offset expected; otherwise it is forgotten and read back from enriched.
 */
export class PartitionSession {
  readonly partition: number;
  readonly state: PartitionState;
  readonly positions: Positions;
  /** Offset in enriched of the next verdict; everything before it is acknowledged. */
  enrichedNext: number;
  /** Offset in raw to read next: beyond `state.last + 1` behind a hole. */
  rawNext: number;
  /** The saved position that the next one replaces: its `enrichedNext`. */
  savedNext: number;
  /** The raw offset to read next that is saved with it. */
  savedRawNext: number;
  /** When it was saved, milliseconds since 1970; 0 if never, whoever worked here before. */
  savedAt: number;
  /** What was accepted as lost in this partition when it was opened. */
  losses: readonly Loss[] = [];
  good = true;

  constructor(
    partition: number,
    state: PartitionState,
    at: { readonly enrichedNext: number; readonly savedNext: number; readonly savedAt: number },
    positions = new Positions(),
  ) {
    this.partition = partition;
    this.state = state;
    this.positions = positions;
    this.enrichedNext = at.enrichedNext;
    this.rawNext = state.last + 1;
    this.savedNext = at.savedNext;
    this.savedRawNext = state.last + 1;
    this.savedAt = at.savedAt;
  }

  /** Where both logs stand. */
  get position(): Position {
    const { last, lastDigest } = this.state;
    return { enrichedNext: this.enrichedNext, rawLast: last, rawDigest: lastDigest };
  }
}

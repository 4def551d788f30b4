import { decodeEnrichedHeaders } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideVerdict } from '../src/domain/decide-verdict.ts';
import { Directory } from '../src/domain/directory.ts';
import { enrichedMessage, type OutMessage } from '../src/domain/enriched-message.ts';
import { PartitionState } from '../src/domain/partition-state.ts';
import { restoreState, type SavedPosition } from '../src/domain/plan-resume.ts';
import { RebuiltState } from '../src/domain/rebuild-state.ts';
import { RepeatMemory } from '../src/domain/repeat-memory.ts';
import { anySlot, type Slot } from './raw-records.ts';

/** A memory so short that things leave it. */
const SPAN = 6;
const DIRECTORY = new Directory();

/** Gives every record behind the state its verdict. */
function judge(state: PartitionState, raw: readonly Slot[]): OutMessage[] {
  const messages: OutMessage[] = [];
  for (let offset = state.last + 1; offset < raw.length; offset += 1) {
    const slot = raw[offset];
    if (slot === undefined) continue;
    const rawFrom = state.last + 1;
    const decision = decideVerdict(state, { ...slot, offset }, { partition: 0, partitions: 1 });
    state.advance(decision);
    messages.push(enrichedMessage({ ...slot, offset }, decision, rawFrom, DIRECTORY));
  }
  return messages;
}

const offsetOf = (message: OutMessage): number => decodeEnrichedHeaders(message.headers)!.rawOffset;

/** Enriched of an enricher that was never disturbed, and the position that it saves at its end. */
function undisturbed(raw: readonly Slot[]): { enriched: OutMessage[]; saved: SavedPosition } {
  const state = new PartitionState(-1, new RepeatMemory(SPAN));
  const enriched = judge(state, raw);
  const { length } = enriched;
  const memory = state.memory.export(state.last);
  const { last: rawLast, marks } = state;
  return {
    enriched,
    saved: { enrichedNext: length, enrichedEnd: length, rawLast, memory, marks: [...marks] },
  };
}

/** The verdicts that are given after a refill of what enriched lacks from message `hole` on. */
function refilled(raw: readonly Slot[], kept: readonly OutMessage[], saved: SavedPosition, from: number) {
  const rebuilt = new RebuiltState(saved, from, SPAN);
  for (const message of kept) rebuilt.replay(message);
  for (const slot of raw.slice(rebuilt.last + 1)) if (slot !== undefined) rebuilt.meet(slot.headers);
  const position = rebuilt.position(kept.length);
  return { messages: judge(restoreState(position, SPAN), raw), rememberedFrom: rebuilt.rememberedFrom };
}

const anyLoss = fc.record({
  at: fc.nat({ max: 59 }),
  count: fc.integer({ min: 1, max: 5 }),
  cut: fc.nat({ max: 59 }),
});

describe('what is given again after a refill', () => {
  it('is what had been given, while enriched holds everything before the gap', () => {
    fc.assert(
      fc.property(fc.array(anySlot, { minLength: 1, maxLength: 60 }), anyLoss, (raw, { at, count }) => {
        const { enriched, saved } = undisturbed(raw);
        const hole = at % (enriched.length + 1);
        const kept = [...enriched.slice(0, hole), ...enriched.slice(hole + count)];
        const from = hole === 0 ? 0 : offsetOf(enriched[hole - 1]!) + 1;
        expect(refilled(raw, kept, saved, from).messages).toEqual(enriched.slice(hole));
      }),
      { numRuns: 2000, endOnFailure: true },
    );
  });

  it('is the same where its beginning has expired too, whenever it says that it remembers far enough', () => {
    const anyUnnumbered = anySlot.map((slot) => slot && { ...slot, headers: {} });
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(anyUnnumbered, { minLength: 20, maxLength: 60 }),
        anyLoss,
        (raw, { at, count, cut }) => {
          const { enriched, saved } = undisturbed(raw);
          const hole = at % (enriched.length + 1);
          const start = cut % (hole + 1);
          const kept = [...enriched.slice(start, hole), ...enriched.slice(hole + count)];
          const from = hole === 0 ? 0 : offsetOf(enriched[hole - 1]!) + 1;
          const { messages, rememberedFrom } = refilled(raw, kept, saved, from);
          if (rememberedFrom > Math.max(0, from - SPAN)) return;
          compared += 1;
          expect(messages).toEqual(enriched.slice(hole));
        },
      ),
      { numRuns: 2000, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(300);
  });
});

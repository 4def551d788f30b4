import { decideTake, decodeEnrichedHeaders } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideVerdict } from '../src/domain/decide-verdict.ts';
import { Directory } from '../src/domain/directory.ts';
import { enrichedMessage, type OutMessage } from '../src/domain/enriched-message.ts';
import { PartitionSession } from '../src/domain/partition-session.ts';
import { PartitionState } from '../src/domain/partition-state.ts';
import { BEGINNING, restoreState, type SavedPosition } from '../src/domain/plan-resume.ts';
import { Positions } from '../src/domain/positions.ts';
import { replayVerdict } from '../src/domain/replay-verdict.ts';
import { RepeatMemory } from '../src/domain/repeat-memory.ts';
import { positionToSave } from '../src/save-position.ts';
import { anySlot, type Slot } from './raw-records.ts';

/** A memory so short that things leave it, and positions so close that they are saved. */
const SPAN = 6;
const SPACING = 2;
const PLACE = { partition: 0, partitions: 1 };
const DIRECTORY = new Directory();

/** The verdicts of one enricher that is never disturbed: what all others are compared with. */
function undisturbed(raw: readonly Slot[]): Map<number, OutMessage> {
  const state = new PartitionState(-1, new RepeatMemory(SPAN));
  return new Map(next(state, raw, raw.length).map((message) => [offsetOf(message), message]));
}

/** Gives the next `count` slots their verdicts, and advances the state. */
function next(state: PartitionState, raw: readonly Slot[], count: number): OutMessage[] {
  const messages: OutMessage[] = [];
  const from = state.last + 1;
  for (let offset = from; offset < Math.min(from + count, raw.length); offset += 1) {
    const slot = raw[offset];
    if (slot === undefined) continue;
    const record = { ...slot, offset };
    const rawFrom = state.last + 1;
    const decision = decideVerdict(state, record, PLACE);
    state.advance(decision);
    messages.push(enrichedMessage(record, decision, rawFrom, DIRECTORY));
  }
  return messages;
}

const offsetOf = (message: OutMessage): number => decodeEnrichedHeaders(message.headers)!.rawOffset;

function resume(saved: SavedPosition, enriched: readonly OutMessage[]): PartitionSession {
  const at = { enrichedNext: saved.enrichedNext, savedNext: saved.enrichedNext, savedAt: 0 };
  const session = new PartitionSession(0, restoreState(saved, SPAN), at, new Positions(SPAN, SPACING));
  session.positions.pass(session.position);
  for (const message of enriched.slice(saved.enrichedNext)) {
    replayVerdict(session.state, message);
    session.enrichedNext += 1;
    session.positions.pass(session.position);
  }
  return session;
}

/** One batch of an enricher: how many slots, and what becomes of its send. */
const anyStep = fc.record({
  enricher: fc.nat({ max: 1 }),
  count: fc.integer({ min: 1, max: 6 }),
  send: fc.constantFrom(
    'acknowledged',
    'acknowledged',
    'acknowledged',
    'lost',
    'answer-lost',
    'killed-before',
  ),
  save: fc.constantFrom('no', 'lagging', 'whole'),
  /** Which of the positions ever saved it would resume from, counted from the newest. */
  saved: fc.nat({ max: 3 }),
  /** Whether the database was restored to the moment when that one was saved: marks went back with it. */
  restored: fc.boolean(),
});
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

/** Two enrichers at the same partition, both believing that it is theirs; returns what is in enriched at the end. */
function run(raw: readonly Slot[], steps: readonly Step[]): OutMessage[] {
  const enriched: OutMessage[] = [];
  const saved: SavedPosition[] = [BEGINNING];
  const marks = new Map<string, number>();
  const sessions: (PartitionSession | undefined)[] = [undefined, undefined];
  const open = (step: Step): PartitionSession => {
    const position = saved.at(-1 - (step.saved % saved.length))!;
    return resume(step.restored ? position : { ...position, marks: [...marks] }, enriched);
  };
  for (const step of steps) {
    const session = (sessions[step.enricher] ??= open(step));
    sessions[step.enricher] = undefined;
    const messages = next(session.state, raw, step.count);
    if (step.send === 'killed-before' || step.send === 'lost') continue;
    const base = enriched.length;
    enriched.push(...messages);
    if (step.send === 'answer-lost' || (messages.length > 0 && base !== session.enrichedNext)) continue;
    session.enrichedNext += messages.length;
    session.positions.pass(session.position);
    sessions[step.enricher] = session;
    const position = step.save === 'no' ? undefined : positionToSave(session, step.save === 'whole');
    if (position === undefined) continue;
    for (const [outbox, sequence] of position.marks)
      marks.set(outbox, Math.max(sequence, marks.get(outbox) ?? -1));
    saved.push({ ...position, marks: [...marks] });
    session.state.marksSaved(position.marks);
    session.savedNext = position.enrichedNext;
  }
  const last = resume({ ...saved.at(-1)!, marks: [...marks] }, enriched);
  enriched.push(...next(last.state, raw, raw.length));
  return enriched;
}

describe('a verdict', () => {
  it('is the same whoever gives it, after any crashes, lost sends, overlaps, resumptions and restores', () => {
    fc.assert(
      fc.property(
        fc.array(anySlot, { maxLength: 60 }),
        fc.array(anyStep, { maxLength: 40 }),
        (raw, steps) => {
          const expected = undisturbed(raw);
          const enriched = run(raw, steps);
          for (const message of enriched) expect(message).toEqual(expected.get(offsetOf(message)));
        },
      ),
      { numRuns: 3000, endOnFailure: true },
    );
  });

  it('reaches whoever reads enriched once for each record, in order, without a gap', () => {
    fc.assert(
      fc.property(
        fc.array(anySlot, { maxLength: 60 }),
        fc.array(anyStep, { maxLength: 40 }),
        (raw, steps) => {
          const taken: number[] = [];
          let last = -1;
          for (const message of run(raw, steps)) {
            const { rawFrom, rawOffset } = decodeEnrichedHeaders(message.headers)!;
            const decision = decideTake(last, rawFrom, rawOffset);
            expect(decision).not.toBe('gap');
            if (decision === 'repeat') continue;
            taken.push(rawOffset);
            last = rawOffset;
          }
          expect(taken).toEqual(raw.flatMap((slot, offset) => (slot === undefined ? [] : [offset])));
        },
      ),
      { numRuns: 1000, endOnFailure: true },
    );
  });
});

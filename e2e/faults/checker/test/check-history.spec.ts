import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory, VIOLATION_KINDS } from '../index.ts';
import { FORGERIES } from './forgeries.ts';
import { anySteps, goodHistory, numbered, type WholeHistory } from './good-history.ts';

const RUNS = { numRuns: 60 };

describe('the history checker', () => {
  it('finds nothing in a history in which nothing is wrong', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        expect(checkHistory(goodHistory(steps))).toEqual([]);
      }),
      RUNS,
    );
  });

  it.each(FORGERIES)('names it when $title, and nothing else', ({ kind, where, forge }) => {
    fc.assert(
      fc.property(anySteps, fc.nat(), (steps, pick) => {
        const found = checkHistory(forge(goodHistory(steps), pick));
        expect(found).not.toEqual([]);
        for (const violation of found) {
          expect(violation).toMatchObject({ kind });
          expect(violation.where.startsWith(where)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('was tried with a forgery of every kind', () => {
    expect(new Set(FORGERIES.map(({ kind }) => kind))).toEqual(new Set(VIOLATION_KINDS));
  });

  it('calls nothing lost while the system works, and still finds what is wrong', () => {
    fc.assert(
      fc.property(anySteps, fc.nat(), (steps, pick) => {
        const working = cut(goodHistory(steps), pick);
        expect(checkHistory(working, { settled: false })).toEqual([]);
        const line = { ...working.ledger[0]!, sequence: working.ledger.length + 2 };
        const spoilt = { ...working, ledger: [...working.ledger, line] };
        expect(checkHistory(spoilt, { settled: false })).not.toEqual([]);
      }),
      RUNS,
    );
  });

  it('takes the verdict that it is told over the one that follows from what was sent', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const good = goodHistory(steps);
        const [first, ...others] = good.raw;
        const found = checkHistory({ ...good, raw: [{ ...first!, verdict: 'rejected' }, ...others] });
        expect(found).toMatchObject([{ kind: 'wrong-verdict' }]);
      }),
      RUNS,
    );
  });
});

/** The same before everything has arrived. */
function cut(good: WholeHistory, pick: number): WholeHistory {
  const isEarly = ({ offset }: { readonly offset: number }): boolean => offset <= pick % 5;
  return {
    ...good,
    ledger: numbered(good.ledger.filter(isEarly)),
    view: good.view.slice(pick % 3),
    objects: [],
    quarantine: [],
    rejected: good.rejected.filter(isEarly),
  };
}

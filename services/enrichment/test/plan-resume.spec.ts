import { describe, expect, it } from 'vitest';
import { isFinal } from '../src/domain/is-final.ts';
import {
  BEGINNING,
  requireContinuation,
  requireReplay,
  requireSameRecord,
} from '../src/domain/plan-resume.ts';
import { Positions } from '../src/domain/positions.ts';

const codeOf = (check: () => void): string => {
  try {
    check();
    return 'goes on';
  } catch (error) {
    expect(isFinal(error)).toBe(true);
    return (error as { code: string }).code;
  }
};

describe('before a partition goes on', () => {
  it('enriched must hold everything from the saved position to what was acknowledged', () => {
    const saved = { ...BEGINNING, enrichedNext: 10, enrichedEnd: 20, rawLast: 9 };
    const replay = (start: number, end: number): string => codeOf(() => requireReplay(saved, { start, end }));
    expect(replay(0, 20)).toBe('goes on');
    expect(replay(10, 30)).toBe('goes on');
    expect(replay(11, 30)).toBe('enriched-gap');
    expect(replay(0, 19)).toBe('resume-mismatch');
  });

  it('raw must continue where the verdicts end', () => {
    const goOn = (last: number, start: number, end: number): string =>
      codeOf(() => requireContinuation(last, { start, end }));
    expect(goOn(-1, 0, 0)).toBe('goes on');
    expect(goOn(-1, 1, 5)).toBe('raw-loss');
    expect(goOn(4, 5, 5)).toBe('goes on');
    expect(goOn(4, 6, 9)).toBe('raw-loss');
    expect(goOn(4, 0, 4)).toBe('resume-mismatch');
  });

  it('raw must hold the record that the last verdict was on', () => {
    expect(codeOf(() => requireSameRecord(4, 'abcd', 'abcdef'))).toBe('goes on');
    expect(codeOf(() => requireSameRecord(4, 'abcd', 'abceef'))).toBe('resume-mismatch');
    expect(codeOf(() => requireSameRecord(4, 'abcd', ''))).toBe('resume-mismatch');
  });
});

describe('a position to save', () => {
  it('lies a whole memory behind, to the offset', () => {
    const positions = new Positions(10, 1);
    for (let rawLast = -1; rawLast < 30; rawLast += 1) positions.pass({ enrichedNext: rawLast + 1, rawLast });
    expect(positions.safe(8)).toBeUndefined();
    expect(positions.safe(9)?.rawLast).toBe(-1);
    expect(positions.safe(29)?.rawLast).toBe(19);
  });

  it('is not noted more often than needed', () => {
    const positions = new Positions(10, 5);
    for (let rawLast = -1; rawLast < 30; rawLast += 1) positions.pass({ enrichedNext: rawLast + 1, rawLast });
    expect(positions.safe(23)?.rawLast).toBe(9);
    expect(positions.safe(24)?.rawLast).toBe(14);
  });
});

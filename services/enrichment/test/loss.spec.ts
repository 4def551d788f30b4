import { describe, expect, it } from 'vitest';
import { decideAcceptance } from '../src/domain/decide-acceptance.ts';
import { isAccepted, lossBehind } from '../src/domain/loss.ts';

describe('a loss that was accepted', () => {
  const losses = [{ from: 5, to: 6 }];

  it('counts only right behind the last verdict, and never for what raw holds', () => {
    expect(lossBehind(losses, 4, 7)).toEqual({ from: 5, to: 6 });
    expect(lossBehind(losses, 4, 100)).toEqual({ from: 5, to: 6 });
    expect(lossBehind(losses, 4, 6)).toBeUndefined();
    expect(lossBehind(losses, 3, 7)).toBeUndefined();
    expect(lossBehind(losses, 5, 7)).toBeUndefined();
  });

  it('covers what a batch lacks only where it lies wholly within', () => {
    expect(isAccepted(losses, { from: 5, to: 6 })).toBe(true);
    expect(isAccepted(losses, { from: 6, to: 6 })).toBe(true);
    expect(isAccepted(losses, { from: 6, to: 7 })).toBe(false);
    expect(isAccepted(losses, { from: 4, to: 5 })).toBe(false);
  });
});

describe('whether a range can be accepted as lost', () => {
  const standing = { code: 'raw-loss', lost: { from: 5, to: 6 }, absent: false };
  const raw = { start: 7, end: 20 };

  it('exactly what is gone now: raw may have expired further since', () => {
    expect(decideAcceptance(standing, raw, { from: 5, to: 6 }, 0)).toEqual({ accepted: true });
    expect(decideAcceptance(standing, { start: 9, end: 20 }, { from: 5, to: 6 }, 0)).toMatchObject({
      why: expect.stringContaining('5–8'),
    });
    expect(decideAcceptance(standing, { start: 9, end: 20 }, { from: 5, to: 8 }, 0).accepted).toBe(true);
  });

  it.each([
    ['nothing stands still', undefined, { from: 5, to: 6 }, 0],
    ['it stands over something else', { ...standing, code: 'resume-mismatch' }, { from: 5, to: 6 }, 0],
    ['less than is gone', standing, { from: 5, to: 5 }, 0],
    ['more than is gone', standing, { from: 5, to: 7 }, 0],
    [
      'raw still holds some of it',
      { ...standing, lost: { from: 8, to: 9 }, absent: true },
      { from: 8, to: 9 },
      1,
    ],
    [
      'raw has expired into it',
      { ...standing, lost: { from: 3, to: 9 }, absent: true },
      { from: 3, to: 9 },
      0,
    ],
    [
      'raw ends before it does',
      { ...standing, lost: { from: 18, to: 20 }, absent: true },
      { from: 18, to: 20 },
      0,
    ],
  ] as const)('not when %s', (_why, stands, range, held) => {
    expect(decideAcceptance(stands, raw, range, held).accepted).toBe(false);
  });
});

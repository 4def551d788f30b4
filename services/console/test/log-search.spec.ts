import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundsOf,
  eventsQuery,
  isOpenEnded,
  parseLogSearch,
  presetOf,
  windowEndingAt,
} from '../src/web/log/search.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');

describe('the address of the log', () => {
  it('WS3 shows the last 24 hours unless it says otherwise', () => {
    expect(boundsOf(parseLogSearch({}), NOW)).toEqual({ from: '2026-11-20T12:00:00.000Z' });
  });

  it('WS3 asks for exactly the filters it names', () => {
    const search = parseLogSearch({
      range: '7d',
      actor: 'user/u_1',
      action: 'project.*',
      outcome: 'denied',
      text: 'a b',
      cursor: 'c',
    });
    expect(Object.fromEntries(new URLSearchParams(eventsQuery(search, NOW, 50)))).toEqual({
      from: '2026-11-14T12:00:00.000Z',
      limit: '50',
      actor: 'user/u_1',
      action: 'project.*',
      outcome: 'denied',
      text: 'a b',
      cursor: 'c',
    });
  });

  it('leaves out what makes no sense instead of failing', () => {
    expect(
      parseLogSearch({
        range: 'soon',
        from: 'yesterday',
        outcome: 'maybe',
        actor: ' ',
        text: ['x'],
        other: 1,
      }),
    ).toEqual({});
  });

  it('keeps an id that looks like a number', () => {
    expect(parseLogSearch({ actor: 42 })).toEqual({ actor: '42' });
  });

  it('prefers a custom range to a preset', () => {
    const search = parseLogSearch({ range: '1h', from: '2022-08-01T00:00:00Z' });
    expect(presetOf(search)).toBeUndefined();
    expect(boundsOf(search, NOW)).toEqual({ from: '2022-08-01T00:00:00.000Z' });
  });

  it('follows new events only where they can still enter the range', () => {
    expect(isOpenEnded({}, NOW)).toBe(true);
    expect(isOpenEnded({ to: '2026-11-21T13:00:00.000Z' }, NOW)).toBe(true);
    expect(isOpenEnded({ to: '2026-11-21T11:00:00.000Z' }, NOW)).toBe(false);
  });

  it('WS3 offers a window in which the newest event lies, whatever its time', () => {
    const time = fc.date({ min: new Date('2001-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(time, (date) => {
        const { from, to } = windowEndingAt(date.toISOString());
        expect(from! <= date.toISOString() && date.toISOString() < to!).toBe(true);
      }),
    );
  });

  it('reads back what it wrote', () => {
    const text = fc.string({ minLength: 1 }).filter((value) => value.trim() !== '');
    const search = fc.record(
      { actor: text, action: text, text, outcome: fc.constantFrom('success', 'failure', 'denied') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(search, (each) => {
        expect(parseLogSearch(parseLogSearch(each) as Record<string, unknown>)).toEqual(parseLogSearch(each));
      }),
    );
  });
});

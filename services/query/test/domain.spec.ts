import { encodeEnrichedHeaders, type Verdict } from '@auditorium/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, decodeKey, encodeCursor, encodeKey } from '../src/domain/event-cursor.ts';
import { eventRowOf } from '../src/domain/event-row.ts';
import { gatherBatch, type EnrichedMessage, type Position } from '../src/domain/gather-batch.ts';
import { monthOf, monthsFrom } from '../src/domain/month.ts';
import { partsOf } from '../src/open-partition.ts';
import { sentenceOf } from '../src/domain/sentence.ts';

describe('a month', () => {
  const year1 = new Date(0).setUTCFullYear(1, 0, 1);
  it('holds its instant and ends where the next begins, for every year that an event can have', () => {
    const end = Date.UTC(9999, 11, 31);
    fc.assert(
      fc.property(fc.integer({ min: year1, max: end }), (ms) => {
        const { name, from, to } = monthOf(ms);
        expect(name).toMatch(/^\d{4}_\d{2}$/);
        expect(name).toBe(from.slice(0, 7).replace('-', '_'));
        const iso = new Date(ms).toISOString();
        expect(from <= iso && iso < (to.length > from.length ? '~' : to)).toBe(true);
      }),
    );
  });
  it('is followed by the next, over the turn of a year', () => {
    expect(monthsFrom(Date.UTC(2026, 10, 30), 3).map(({ name }) => name)).toEqual([
      '2026_11',
      '2026_12',
      '2027_01',
    ]);
    expect(monthOf(Date.UTC(9999, 11, 5)).to).toBe('10000-01-01T00:00:00.000Z');
  });
});

describe('a cursor', () => {
  it('comes back as it went', () => {
    const anyTime = fc.constantFrom(
      '2026-11-21 01:00:00+00',
      '0001-12-31 09:01:00.000001+00 BC',
      '10000-01-01 00:00:00+00',
    );
    fc.assert(
      fc.property(
        anyTime,
        fc.maxSafeNat(),
        fc.constantFrom('next' as const, 'previous' as const),
        (time, rawOffset, direction) => {
          expect(decodeCursor(encodeCursor({ time, rawOffset, direction }))).toEqual({
            time,
            rawOffset,
            direction,
          });
        },
      ),
    );
  });
  it('that is anything else is refused', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeCursor(text) === undefined));
    fc.assert(
      fc.property(fc.json(), (text) => decodeCursor(Buffer.from(text).toString('base64url')) === undefined),
    );
    for (const [time, raw] of [
      ["'; DROP", 1],
      ['2026-11-21 01:00:00+00', -1],
      ['2026-11-21 01:00:00+00', 1.5],
    ] as const) {
      expect(
        decodeCursor(Buffer.from(JSON.stringify(['n', time, raw])).toString('base64url')),
      ).toBeUndefined();
    }
  });
  it('and an address of an event is partition and raw offset', () => {
    expect(decodeKey(encodeKey({ partition: 11, rawOffset: 2 ** 40 }))).toEqual({
      partition: 11,
      rawOffset: 2 ** 40,
    });
    expect(decodeKey('1-2-3')).toBeUndefined();
  });
});

describe('the row of an event', () => {
  it('is made of any bytes whatever, with nothing that PostgreSQL refuses', () => {
    const anyLine = fc.oneof(
      fc.json().map(Buffer.from as (text: string) => Buffer),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(anyLine, (line) => {
        const { line: kept, ...row } = eventRowOf({
          org: 'o',
          partition: 0,
          rawOffset: 0,
          line,
          timestamp: 0,
        });
        expect(kept).toBe(line.toString('utf8'));
        expect(JSON.stringify(row)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      }),
    );
  });
  it('keeps hostile text as far as PostgreSQL can', () => {
    const data = {
      actor: { type: 'user', id: 'a\u0000\ud800b' },
      targets: [{ type: 't', id: 'x', name: 'ÉCLAIR' }],
      outcome: 'success',
    };
    const line = Buffer.from(
      JSON.stringify({ id: '1', type: 'a.b', time: '2026-01-01T00:00:00.1234567Z', data }),
    );
    const row = eventRowOf({ org: 'o', partition: 0, rawOffset: 0, line, timestamp: 0 });
    expect(row).toMatchObject({
      actor_id: 'a\ufffd\ufffdb',
      time: '2026-01-01T00:00:00.123456Z',
      targets: ['t/x'],
    });
    expect(row.search).toContain('éclair');
    expect(row.search.length).toBeLessThanOrEqual(300);
  });
});

describe('gathering by the consumer rule', () => {
  interface Raw {
    readonly verdict: Verdict;
    readonly hole: number;
  }
  const anyLog = fc.array(
    fc.record({
      verdict: fc.constantFrom<Verdict>('accepted', 'rejected', 'repeat'),
      hole: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 40 },
  );

  function messagesOf(log: readonly Raw[]): EnrichedMessage[] {
    let next = 0;
    return log.map(({ verdict, hole }) => {
      const rawFrom = next;
      const rawOffset = next + hole;
      next = rawOffset + 1;
      const headers = encodeEnrichedHeaders({
        verdict,
        rawFrom,
        rawOffset,
        digest: '00',
        ...(verdict === 'rejected' && { code: 'nul' as const }),
      });
      return {
        offset: 0,
        timestamp: 0,
        key: Buffer.from('org'),
        value: verdict === 'repeat' ? null : Buffer.from('{}'),
        headers,
      };
    });
  }

  it('counts every raw offset once, however the log is cut and however often parts of it come again', () => {
    fc.assert(
      fc.property(anyLog, fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 10 }))), (log, replays) => {
        const messages = messagesOf(log);
        // Enrichers overlap: each replay is a stretch that ends where something was written before, or begins before it.
        const written = replays.flatMap(([start, length]) =>
          messages.slice(start % messages.length, (start % messages.length) + length),
        );
        const enriched = [...written, ...messages].map((message, offset) => ({ ...message, offset }));
        let position: Position = { enrichedNext: 0, rawLast: -1, gap: null };
        const taken: number[] = [];
        let accounted = 0;
        for (let at = 0; at < enriched.length; at += 7) {
          const batch = enriched.slice(at, at + 7);
          const { to, counts, events, quarantined } = gatherBatch(3, position, {
            next: at + batch.length,
            messages: batch,
          });
          taken.push(...[...events, ...quarantined].map(({ raw_offset }) => raw_offset));
          accounted += counts.accepted + counts.rejected + counts.repeats + counts.holes;
          expect(to.rawLast + 1).toBe(accounted);
          position = to;
        }
        const total = log.reduce((sum, { hole }) => sum + hole + 1, 0);
        expect(position).toEqual({ enrichedNext: enriched.length, rawLast: total - 1, gap: null });
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken).toHaveLength(log.filter(({ verdict }) => verdict !== 'repeat').length);
      }),
    );
  });

  it('takes no message for a verdict that is none', () => {
    const foreign = { offset: 0, timestamp: 0, key: null, value: Buffer.from('x'), headers: {} };
    const position = { enrichedNext: 0, rawLast: -1, gap: null };
    const { to, counts } = gatherBatch(0, position, { next: 1, messages: [foreign] });
    expect({ to, counts }).toEqual({
      to: { enrichedNext: 1, rawLast: -1, gap: null },
      counts: { accepted: 0, rejected: 0, repeats: 0, holes: 0, skipped: 0 },
    });
  });
});

describe('a batch in parts', () => {
  it('has the same messages in order, and ends where the batch ends', () => {
    const anyMessage = fc
      .integer({ min: 0, max: 400_000 })
      .map((bytes) => ({ timestamp: 0, key: null, value: Buffer.alloc(bytes), headers: {} }));
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 12 }), fc.nat(3), (some, hole) => {
        const messages = some.map((message, offset) => ({ ...message, offset }));
        const next = messages.length + hole;
        const parts = partsOf({ next, messages });
        expect(parts.flatMap((part) => part.messages)).toEqual(messages);
        expect(parts.at(-1)?.next).toBe(next);
        for (const [index, part] of parts.entries()) {
          expect(parts[index + 1]?.messages[0]?.offset ?? next).toBe(part.next);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the sentence of an event', () => {
  const targets = [{ type: 'project', id: 'p_7', name: 'Apollo' }];
  it.each([
    ['project.renamed', targets, 'success', 'Ada renamed project Apollo'],
    [
      'invitation.sent',
      [
        { type: 'user', id: 'u_2' },
        { type: 'user', id: 'u_3' },
      ],
      'success',
      'Ada sent invitation for user u_2 and user u_3',
    ],
    ['project.deleted', targets, 'denied', 'Ada deleted project Apollo: denied'],
    ['s3.GetObject', [{ type: 'bucket', id: 'b' }], 'success', 'Ada did s3.GetObject on bucket b'],
    ['session.expired', [], 'success', 'Ada expired session'],
    ['member.removed', [{ type: 'user', id: 'u_2' }], 'success', 'Ada removed user u_2'],
    ['member.role-changed', [{ type: 'user', id: 'u_2' }], 'success', 'Ada changed role for user u_2'],
    [
      'version.created',
      [{ type: 'integration', id: 'i_1' }],
      'success',
      'Ada created version for integration i_1',
    ],
    ['user.signed_in', [], 'success', 'Ada signed in'],
    [
      'integration.created',
      [{ type: 'integration', id: 'i_1', name: 'crm-bridge' }, ...targets],
      'success',
      'Ada created integration crm-bridge (project Apollo)',
    ],
    [
      'tag.added',
      [...targets, ...targets, ...targets],
      'success',
      'Ada added tag for project Apollo and 2 others',
    ],
  ])('%s', (action, of, outcome, sentence) => {
    expect(sentenceOf({ action, actor: 'Ada', targets: of, outcome })).toBe(sentence);
  });
});

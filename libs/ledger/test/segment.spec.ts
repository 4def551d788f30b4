import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChunkPool,
  SegmentBuilder,
  TAIL_BYTES,
  decodeRejected,
  footerRange,
  indexOfRawOffset,
  parseSegmentKey,
  rawOffsetsOf,
  readFooter,
  readRun,
  runOf,
  listAfter,
  segmentKey,
  sliceLines,
  type Head,
  type RunEntry,
} from '../src/index.ts';
import { finishInput, givenLines, segmentOf } from './arbitraries.ts';

/** Stands for ranged GETs on an object. */
function object(body: Buffer[]) {
  const bytes = Buffer.concat(body);
  return {
    size: bytes.length,
    bytes,
    footer: () => {
      const tail = bytes.subarray(-TAIL_BYTES);
      const { from } = footerRange(tail, bytes.length);
      return readFooter(from < bytes.length - tail.length ? bytes.subarray(from) : tail, bytes.length);
    },
    range: (entry: { offset: number; length: number }) =>
      Buffer.from(bytes.subarray(entry.offset, entry.offset + entry.length)),
  };
}

describe('a segment', () => {
  it('gives every org all of its lines back, in order, from its own bytes alone', () => {
    fc.assert(
      fc.property(givenLines, (lines) => {
        const { body, expected, size } = segmentOf(lines);
        const segment = object(body);
        expect(segment.size).toBe(size);
        const footer = segment.footer();
        expect(footer.runs.map((run) => run.org)).toEqual([...expected.keys()].sort());
        for (const [org, want] of expected) {
          const entry = runOf(footer, org) as RunEntry;
          const read = [...readRun(segment.range(entry), entry).lines()];
          expect(Buffer.concat(read).equals(Buffer.concat(want.lines))).toBe(true);
          expect(read.map((line) => line.length)).toEqual(want.lines.map((line) => line.length));
          expect(rawOffsetsOf(entry)).toEqual(want.rawOffsets);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('says for every raw offset which line it is, and for any other that it is none', () => {
    fc.assert(
      fc.property(givenLines, (lines) => {
        const { footer, expected, last } = segmentOf(lines);
        for (const run of footer.runs) {
          const offsets = expected.get(run.org)?.rawOffsets ?? [];
          for (let raw = -1; raw <= last + 1; raw += 1) {
            const at = offsets.indexOf(raw);
            expect(indexOfRawOffset(run, raw)).toBe(at < 0 ? undefined : at);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('cuts any range of sequence out of a run', () => {
    fc.assert(
      fc.property(givenLines, fc.nat(), fc.nat(), (lines, a, b) => {
        const { body, expected } = segmentOf(lines);
        const segment = object(body);
        for (const entry of segment.footer().runs) {
          const from = a % (entry.count + 1);
          const to = from + (b % (entry.count + 1 - from));
          const cut = sliceLines(readRun(segment.range(entry), entry).bytes, from, to);
          const want = expected.get(entry.org)?.lines.slice(from, to) ?? [];
          expect(cut.equals(Buffer.concat(want.flatMap((line) => [line, Buffer.from('\n')])))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('chains the runs of each org back to its first event, without a hole and without a repeat', () => {
    fc.assert(
      fc.property(fc.array(givenLines, { minLength: 1, maxLength: 6 }), (segments) => {
        const heads = new Map<string, Head>();
        const objects = new Map<string, ReturnType<typeof object>>();
        const all = new Map<string, Buffer[]>();
        let next = 0;
        segments.forEach((lines, index) => {
          const segment = segmentKey(3, 7, next, `random-of-segment-${index}`);
          const { body, footer, expected, last } = segmentOf(lines, next, { segment, heads: new Map(heads) });
          next = last + 1;
          objects.set(segment, object(body));
          for (const run of footer.runs) heads.set(run.org, { sequence: run.last, segment });
          for (const [org, of] of expected) all.set(org, [...(all.get(org) ?? []), ...of.lines]);
        });
        for (const [org, lines] of all) expect(history(org, heads, objects)).toEqual(lines);
      }),
      { numRuns: 60 },
    );
  });

  it('holds rejected records of any bytes in a run of their own', () => {
    const value = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
    const record = fc.record({
      code: fc.constantFrom('not-json', 'wrong-partition'),
      key: fc.option(fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes))),
      length: fc.nat(),
      digest: fc.stringMatching(/^[0-9a-f]{0,64}$/),
      value,
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const builder = new SegmentBuilder();
        records.forEach((each, raw) => builder.appendRejected(raw * 2, each));
        const segment = object(builder.finish(finishInput()).body);
        const { rejected, runs } = segment.footer();
        if (!rejected) throw new Error('no rejected run');
        const read = [...readRun(segment.range(rejected), rejected).lines()].map(decodeRejected);
        expect(runs).toEqual([]);
        expect(read).toEqual(records.map((each, raw) => ({ ...each, rawOffset: raw * 2 })));
      }),
      { numRuns: 60 },
    );
  });

  it('takes the longest line that a raw topic can bring, key and all', () => {
    const builder = new SegmentBuilder();
    const record = { code: 'no-value', key: Buffer.alloc(1_048_588, 7), length: 3, digest: '', value: null };
    builder.appendRejected(1, record);
    builder.append('org_acme', Buffer.alloc(4_000_000, 65), 2);
    const segment = object(builder.finish(finishInput()).body);
    const { rejected, runs } = segment.footer();
    if (!rejected) throw new Error('no rejected run');
    expect(
      decodeRejected([...readRun(segment.range(rejected), rejected).lines()][0] as Buffer),
    ).toMatchObject(record);
    expect(readRun(segment.range(runs[0] as RunEntry), runs[0] as RunEntry).bytes.length).toBe(4_000_001);
  });

  it('may be empty of events and still account for raw offsets', () => {
    const segment = object(new SegmentBuilder().finish(finishInput({ rawLast: 9, repeats: 10 })).body);
    expect(segment.footer().counts).toEqual({ accepted: 0, rejected: 0, repeats: 10, holes: 0 });
  });

  it('is made of the same bytes from the same lines', () => {
    const lines = [...fc.sample(givenLines, { numRuns: 1, seed: 1 })].flat();
    expect(segmentOf(lines).digest).toBe(segmentOf(lines).digest);
  });

  it('may be made of memory that was used before, and nothing of that shows', () => {
    const pool = new ChunkPool();
    for (const lines of fc.sample(givenLines, { numRuns: 30, seed: 3 })) {
      const { body, expected, builder } = segmentOf(lines, 0, {}, pool);
      builder.release();
      const segment = object(body);
      for (const entry of segment.footer().runs) {
        const read = readRun(segment.range(entry), entry).bytes;
        const want = expected.get(entry.org)?.lines.flatMap((line) => [line, Buffer.from('\n')]) ?? [];
        expect(read.equals(Buffer.concat(want))).toBe(true);
      }
    }
  });

  it('does not keep what it was given', () => {
    const builder = new SegmentBuilder();
    const line = Buffer.from('{"a":1}');
    builder.append('org_acme', line, 0);
    line.fill(0);
    const segment = object(builder.finish(finishInput()).body);
    const entry = segment.footer().runs[0] as RunEntry;
    expect(readRun(segment.range(entry), entry).bytes.toString()).toBe('{"a":1}\n');
  });
});

function history(
  org: string,
  heads: Map<string, Head>,
  objects: Map<string, ReturnType<typeof object>>,
): Buffer[] {
  const lines: Buffer[][] = [];
  let { sequence, segment } = heads.get(org) as Head;
  while (segment !== null) {
    const from = objects.get(segment) as ReturnType<typeof object>;
    const entry = runOf(from.footer(), org) as RunEntry;
    expect(entry.last).toBe(sequence);
    lines.unshift([...readRun(from.range(entry), entry).lines()].map((line) => Buffer.from(line)));
    sequence = entry.first - 1;
    segment = entry.previous;
  }
  expect(sequence).toBe(0);
  return lines.flat();
}

describe('what may not be in a segment', () => {
  const refusals: [string, (builder: SegmentBuilder) => void][] = [
    ['an empty line', (builder) => builder.append('a', Buffer.alloc(0), 0)],
    ['a newline', (builder) => builder.append('a', Buffer.from('{}\n{}'), 0)],
    ['a line over the limit', (builder) => builder.append('a', Buffer.alloc(4_194_304, 65), 0)],
    [
      'a raw offset twice',
      (builder) => {
        builder.append('a', Buffer.from('{}'), 4);
        builder.append('b', Buffer.from('{}'), 4);
      },
    ],
  ];
  it.each(refusals)('%s is refused and leaves nothing behind', (_, give) => {
    const builder = new SegmentBuilder();
    expect(() => give(builder)).toThrow(expect.objectContaining({ code: 'segment-refused' }));
    const segment = object(builder.finish(finishInput()).body);
    for (const run of segment.footer().runs)
      expect(readRun(segment.range(run), run).bytes.length).toBeGreaterThan(0);
  });
});

describe('the key of a segment', () => {
  it('lists in order of partition, epoch and raw offsets, and can be taken apart', () => {
    const key = 'segments/00003/0000000007/0000000000000042-abcdefghijklmnop.seg';
    expect(segmentKey(3, 7, 42, 'abcdefghijklmnop')).toBe(key);
    expect(parseSegmentKey(key)).toEqual({
      partition: 3,
      epoch: 7,
      rawLast: 42,
      random: 'abcdefghijklmnop',
    });
    expect(parseSegmentKey('plans/x')).toBeNull();
    const keys = [segmentKey(3, 7, 9, 'z'.repeat(14)), key, segmentKey(3, 10, 1, 'a'.repeat(14))];
    expect(keys.toSorted()).toEqual(keys);
  });

  it('says behind which key everything lies that was sealed later, also where it does not say how far it goes', () => {
    const old = 'segments/00003/0000000007/abcdefghijklmnop.seg';
    expect(parseSegmentKey(old)).toMatchObject({ epoch: 7, rawLast: null });
    expect(listAfter(old) < 'segments/00003/0000000007/').toBe(true);
    expect(listAfter(old) > segmentKey(3, 6, 1e9, 'z'.repeat(14))).toBe(true);
    const key = segmentKey(3, 7, 42, 'z'.repeat(14));
    expect(listAfter(key) < segmentKey(3, 7, 43, 'a'.repeat(14))).toBe(true);
  });
});

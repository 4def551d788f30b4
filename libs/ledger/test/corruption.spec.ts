import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAuditoriumError } from '@auditorium/events';
import { TRAILER_BYTES, readFooter, readRun, SegmentBuilder, type RunEntry } from '../src/index.ts';
import { finishInput, givenLines, segmentOf } from './arbitraries.ts';

function readAll(bytes: Buffer): string[] {
  const footer = readFooter(bytes, bytes.length);
  return footer.runs.map((run) =>
    readRun(bytes.subarray(run.offset, run.offset + run.length), run).bytes.toString('latin1'),
  );
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return isAuditoriumError(error) ? error.code : String(error);
  }
  return undefined;
}

const CODES = ['segment-corrupt', 'segment-unsupported', 'segment-refused'];

describe('a segment that is not what was sealed', () => {
  it('is never read as if it were: one changed byte anywhere after the magic gives a coded error', () => {
    fc.assert(
      fc.property(givenLines, fc.nat(), fc.integer({ min: 1, max: 255 }), (lines, position, change) => {
        const bytes = Buffer.concat(segmentOf(lines).body);
        const want = readAll(bytes);
        const at = 8 + (position % (bytes.length - 8));
        bytes[at] = (bytes[at] as number) ^ change;
        const code = codeOf(() => expect(readAll(bytes)).toEqual(want));
        // zstd's header has bits that change nothing that is unpacked: then the lines are the sealed ones.
        if (code !== undefined) expect(CODES).toContain(code);
      }),
      { numRuns: 400 },
    );
  });

  it('is refused when it is cut off at any length', () => {
    const bytes = Buffer.concat(segmentOf(fc.sample(givenLines, { numRuns: 1, seed: 2 }).flat()).body);
    const step = Math.max(1, Math.floor(bytes.length / 500));
    for (let length = 0; length < bytes.length; length += step) {
      expect(CODES).toContain(codeOf(() => readAll(bytes.subarray(0, length))));
    }
  });

  it('is refused when it is any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        expect(CODES).toContain(codeOf(() => readAll(Buffer.from(bytes))));
      }),
    );
  });

  it('cannot make a reader unpack more than its footer says', () => {
    const builder = new SegmentBuilder();
    builder.append('a', Buffer.alloc(1_000_000, 65), 0);
    const { body, footer } = builder.finish(finishInput());
    const run = footer.runs[0] as RunEntry;
    const packed = Buffer.concat(body).subarray(run.offset, run.offset + run.length);
    const lying = { ...run, bytes: 1000, frames: [[run.length, 1000]] as [number, number][] };
    expect(codeOf(() => readRun(packed, lying))).toBe('segment-corrupt');
    const huge = { ...run, bytes: 5_000_000, frames: [[run.length, 5_000_000]] as [number, number][] };
    expect(codeOf(() => readRun(packed, huge))).toBe('segment-corrupt');
  });

  it('tells a later version and an unknown cipher from damage', () => {
    const { body, footer } = segmentOf([{ org: 'a', line: Buffer.from('{}'), step: 1 }]);
    const bytes = Buffer.concat(body);
    const run = footer.runs[0] as RunEntry;
    const packed = bytes.subarray(run.offset, run.offset + run.length);
    expect(codeOf(() => readRun(packed, { ...run, cipher: 'aes-256-gcm', keyId: 'k1' }))).toBe(
      'segment-unsupported',
    );
    bytes.write('02', bytes.length - 2, 'latin1');
    expect(codeOf(() => readFooter(bytes, bytes.length))).toBe('segment-unsupported');
  });

  it('says so when it is given too little of the tail', () => {
    const bytes = Buffer.concat(segmentOf([{ org: 'a', line: Buffer.from('{}'), step: 1 }]).body);
    expect(codeOf(() => readFooter(bytes.subarray(-TRAILER_BYTES), bytes.length))).toBe('segment-refused');
  });
});

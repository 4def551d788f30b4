import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givenLines, segmentOf } from './arbitraries.ts';

/** A reader of docs/formats/segment.md by somebody who has never seen our code: nothing here comes from `src`. */
function strangersReader(object: Buffer, org: string): string[] | null {
  const trailer = object.subarray(object.length - 64);
  if (trailer.subarray(56).toString() !== 'AUDSEG01') throw new Error('magic');
  const offset = Number(trailer.readBigUInt64LE(0));
  const packed = trailer.readUInt32LE(8);
  if (offset + packed + 64 !== object.length) throw new Error('size');
  const frame = object.subarray(offset, offset + packed);
  if (sha256(frame) !== trailer.subarray(16, 48).toString('hex')) throw new Error('footer');
  const footer = JSON.parse(zstdDecompressSync(frame).toString());
  const run = footer.runs.find((each: { org: string }) => each.org === org);
  if (!run) return null;
  const frames: Buffer[] = [];
  let at = run.offset;
  for (const [length, bytes] of run.frames) {
    frames.push(zstdDecompressSync(object.subarray(at, at + length), { maxOutputLength: bytes }));
    at += length;
  }
  const lines = Buffer.concat(frames);
  if (at !== run.offset + run.length || sha256(lines) !== run.digest) throw new Error('digest');
  return lines.toString('latin1').split('\n').slice(0, run.count);
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('the published format', () => {
  it('is enough to read any run of any segment', () => {
    fc.assert(
      fc.property(givenLines, (lines) => {
        const { body, expected } = segmentOf(lines);
        const object = Buffer.concat(body);
        for (const [org, { lines: want }] of expected) {
          expect(strangersReader(object, org)).toEqual(want.map((line) => line.toString('latin1')));
        }
        expect(strangersReader(object, 'somebody-else-entirely')).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});

import fc from 'fast-check';
import { LIMITS } from '@auditorium/events';
import { describe, expect, it } from 'vitest';
import { unpackRecords } from '../src/unpack-records.ts';
import { pack, xerial } from './record-batches.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const numberOf = (codec: (typeof CODECS)[number]): number => CODECS.indexOf(codec) + 1;

/** Bytes that pack well in places, so that there are literals, long matches and matches that overlap themselves. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.string({ minLength: 1, maxLength: 9 }), fc.nat(3000))
        .map(([text, length]) => Buffer.alloc(length, text)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

describe.each(CODECS)('%s', (codec) => {
  it('unpacks what was packed', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(unpackRecords(numberOf(codec), pack(codec, bytes))?.equals(bytes)).toBe(true);
      }),
    );
  });

  it('unpacks exactly as much as a batch may hold, and not a byte more', () => {
    const most = Buffer.alloc(LIMITS.batchBytes, 'an event ');
    expect(unpackRecords(numberOf(codec), pack(codec, most))?.equals(most)).toBe(true);
    expect(unpackRecords(numberOf(codec), pack(codec, Buffer.concat([most, Buffer.alloc(1)])))).toBe(
      undefined,
    );
  });

  it('never throws, and unpacks the next one right, whatever is done to its bytes', () => {
    const anyDamage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyBytes, anyDamage, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, damage, kept) => {
        const packed = pack(codec, bytes);
        const hurt = Buffer.from(packed.subarray(0, Math.ceil(packed.length * (0.5 + kept))));
        for (const [at, byte] of damage) hurt[at % Math.max(1, hurt.length)] = byte;
        unpackRecords(numberOf(codec), hurt);
        expect(unpackRecords(numberOf(codec), packed)?.equals(bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('framings', () => {
  it('of snappy by the Java client are unpacked, one after another too', () => {
    const bytes = Buffer.from('an event '.repeat(9000));
    expect(unpackRecords(2, xerial(bytes, 32_768))?.equals(bytes)).toBe(true);
    const twice = Buffer.concat([xerial(bytes, 1000), xerial(bytes, 500)]);
    expect(unpackRecords(2, twice)?.equals(Buffer.concat([bytes, bytes]))).toBe(true);
  });

  it('of lz4 from before its frames are refused: they announce no size', () => {
    const block = pack('lz4', Buffer.alloc(4_000_000)).subarray(11);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length);
    expect(unpackRecords(3, Buffer.concat([Buffer.from([0x02, 0x21, 0x4c, 0x18]), length, block]))).toBe(
      undefined,
    );
  });

  it('behind the end of an lz4 frame are not looked at, as Kafka does not', () => {
    const honest = Buffer.from('an event');
    const bomb = pack('lz4', Buffer.alloc(LIMITS.batchBytes + 1));
    expect(unpackRecords(3, Buffer.concat([pack('lz4', honest), bomb]))?.equals(honest)).toBe(true);
  });

  it('that Kafka does not know are refused', () => {
    for (const codec of [5, 6, 7]) expect(unpackRecords(codec, Buffer.from('x'))).toBe(undefined);
  });
});

import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { AuditoriumError } from '@auditorium/events';
import { compressionsAlgorithms } from '@platformatic/kafka';
import kafkajs from 'kafkajs';

/**
 * Most bytes that one record batch may unpack to. Raw takes batches of 1 MiB and honest ones unpack to ten times that; a
 * batch made to blow up must stop its partition with a name, not take the process down.
 */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

type Unpack = (packed: Buffer) => Buffer;

const unpackSnappy = compressionsAlgorithms.snappy.decompressSync;
const unpackLz4 = compressionsAlgorithms.lz4.decompressSync;

const UNPACK: Record<'gzip' | 'snappy' | 'lz4' | 'zstd', Unpack> = {
  gzip: (packed) => gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES }),
  zstd: (packed) => zstdDecompressSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES }),
  snappy: (packed) => {
    refuseAbove(snappyLength(packed));
    return unpackSnappy(packed);
  },
  lz4: (packed) => {
    refuseAbove(lz4Bound(packed));
    return unpackLz4(packed);
  },
};

function coded(name: string, unpack: Unpack): Unpack {
  return (packed) => {
    try {
      return unpack(packed);
    } catch (cause) {
      throw new AuditoriumError(
        'batch-unreadable',
        `A ${name} record batch of ${packed.length} bytes cannot be unpacked within ${MAX_UNPACKED_BYTES} bytes`,
        { cause },
      );
    }
  };
}

function refuseAbove(bytes: number): void {
  if (bytes > MAX_UNPACKED_BYTES) throw new RangeError(`would unpack to ${bytes} bytes`);
}

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** Snappy announces its unpacked length; Java's framing ("xerial") has one announcement in each chunk. */
function snappyLength(packed: Buffer): number {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return readVarint(packed, 0);
  let total = 0;
  for (let at = 16; at + 4 < packed.length; at += 4 + packed.readUInt32BE(at))
    total += readVarint(packed, at + 4);
  return total;
}

function readVarint(bytes: Buffer, at: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return value;
}

const LZ4_BLOCK_BYTES = [0, 0, 0, 0, 65_536, 262_144, 1_048_576, 4_194_304];
/** LZ4 cannot do better than one byte for 255. */
const LZ4_MAX_RATIO = 255;

/** An upper bound from the frame's block headers: a block unpacks to at most the frame's block size. */
function lz4Bound(frame: Buffer): number {
  const flags = frame[4] ?? 0;
  const blockBytes = LZ4_BLOCK_BYTES[((frame[5] ?? 0) >> 4) & 7] ?? 0;
  let total = 0;
  for (let at = 7 + (flags & 0x08 ? 8 : 0); at + 4 <= frame.length;) {
    const length = frame.readUInt32LE(at) & 0x7fffffff;
    if (length === 0) break;
    total += Math.min(blockBytes, length * LZ4_MAX_RATIO);
    at += 4 + length + (flags & 0x10 ? 4 : 0);
  }
  return total;
}

let registered = false;

/**
 * Gives both clients the same four codecs with a bounded result. kafkajs brings only gzip and crashes its consumer on
 * any other; both unpack without a limit.
 */
export function registerBoundedCodecs(): void {
  if (registered) return;
  registered = true;
  for (const name of ['gzip', 'snappy', 'lz4', 'zstd'] as const) register(name, coded(name, UNPACK[name]));
}

/** kafkajs numbers the codecs as the record batch's attributes do. */
const KAFKAJS_TYPES = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

function register(name: 'gzip' | 'snappy' | 'lz4' | 'zstd', unpack: Unpack): void {
  const algorithm = compressionsAlgorithms[name] as { decompressSync: Unpack; compressSync: Unpack };
  algorithm.decompressSync = unpack;
  (kafkajs.CompressionCodecs as Record<number, () => unknown>)[KAFKAJS_TYPES[name]] = () => ({
    compress: async (encoder: { buffer: Buffer }) => Promise.resolve(algorithm.compressSync(encoder.buffer)),
    decompress: async (packed: Buffer) => Promise.resolve(unpack(packed)),
  });
}

import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { LIMITS } from '@auditorium/events';
import { unpackLz4 } from './unpack-lz4.ts';
import { unpackSnappy } from './unpack-snappy.ts';

type Unpack = (packed: Buffer) => Buffer;

const bound = { maxOutputLength: LIMITS.batchBytes };

/** By the number of the codec in a batch's attributes. */
const UNPACK: readonly (Unpack | undefined)[] = [
  (packed) => packed,
  (packed) => gunzipSync(packed, bound),
  (packed) => unpackSnappy(packed, LIMITS.batchBytes),
  (packed) => unpackLz4(packed, LIMITS.batchBytes),
  (packed) => zstdDecompressSync(packed, bound),
];

/**
 * The records of a batch, unpacked.
 *
 * @param codec as the batch's attributes number it
 * @returns undefined when they do not unpack, or not within `LIMITS.batchBytes`, which is the same to whoever reads them
 */
export function unpackRecords(codec: number, packed: Buffer): Buffer | undefined {
  try {
    const unpacked = UNPACK[codec]?.(packed);
    return unpacked !== undefined && unpacked.length <= LIMITS.batchBytes ? unpacked : undefined;
  } catch {
    return undefined;
  }
}

import { zstdDecompressSync } from 'node:zlib';
import { corrupt } from './corrupt.ts';

/**
 * Unpacks exactly one zstd frame of a length that is known. Node's zlib reads only the first frame of several and
 * does not complain of what follows it, so frames are always cut by the index, never found by unpacking.
 * @throws AuditoriumError `segment-corrupt`
 */
export function unpack(frame: Buffer, bytes: number): Buffer {
  let plain: Buffer;
  try {
    plain = zstdDecompressSync(frame, { maxOutputLength: Math.max(bytes, 1) });
  } catch (cause) {
    throw corrupt('a frame cannot be unpacked', cause);
  }
  if (plain.length !== bytes) throw corrupt(`a frame of ${plain.length} bytes instead of ${bytes}`);
  return plain;
}

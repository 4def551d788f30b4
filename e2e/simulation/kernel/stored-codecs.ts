import { createRequire } from 'node:module';
import type zlibModule from 'node:zlib';

const zlib = createRequire(import.meta.url)('node:zlib') as typeof zlibModule;

/**
 * Packing by storing: what comes out is a valid gzip member or zstd frame that any reader understands, at a hundredth of
 * the cost. A simulation packs a few lines at a time, and setting up a real compressor takes longer than all the rest.
 */
const real = {
  gzipSync: zlib.gzipSync,
  gunzipSync: zlib.gunzipSync,
  zstdCompressSync: zlib.zstdCompressSync,
  zstdDecompressSync: zlib.zstdDecompressSync,
};

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const MOST_STORED = 65_535;

function gzipSync(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data);
  const parts: Buffer[] = [GZIP_HEADER];
  for (let at = 0; at === 0 || at < bytes.length; at += MOST_STORED) {
    const block = bytes.subarray(at, at + MOST_STORED);
    const head = Buffer.alloc(5);
    head[0] = at + MOST_STORED >= bytes.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  const end = Buffer.alloc(8);
  end.writeUInt32LE(zlib.crc32(bytes), 0);
  end.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, end]);
}

/** One stored block is read here; anything else by the real reader. */
function gunzipSync(packed: Buffer): Buffer {
  const length = packed.length > 18 ? packed.readUInt16LE(11) : -1;
  const isStored = packed[9] === 0xff && packed[10] === 1 && packed.length === length + 23;
  return isStored ? Buffer.from(packed.subarray(15, 15 + length)) : real.gunzipSync(packed);
}

const ZSTD_MAGIC = 0xfd2fb528;
/** One segment, four bytes of length, no checksum. */
const ZSTD_DESCRIPTOR = 0xa0;
const MOST_RAW = 131_072;

function zstdCompressSync(data: Buffer): Buffer {
  if (data.length > MOST_RAW) return real.zstdCompressSync(data);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(ZSTD_MAGIC, 0);
  head[4] = ZSTD_DESCRIPTOR;
  head.writeUInt32LE(data.length, 5);
  // The last block, raw.
  head.writeUIntLE((data.length << 3) | 1, 9, 3);
  return Buffer.concat([head, data]);
}

function zstdDecompressSync(packed: Buffer, options?: object): Buffer {
  const isRaw =
    packed.length >= 12 && packed[4] === ZSTD_DESCRIPTOR && packed.readUInt32LE(5) === packed.length - 12;
  return isRaw ? Buffer.from(packed.subarray(12)) : real.zstdDecompressSync(packed, options);
}

Object.assign(zlib, { gzipSync, gunzipSync, zstdCompressSync, zstdDecompressSync });

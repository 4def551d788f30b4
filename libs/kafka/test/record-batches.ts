import { compressionsAlgorithms, crc32c, createRecordsBatch } from '@platformatic/kafka';
import { gzipSync, zstdCompressSync } from 'node:zlib';

export type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
const CODECS: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** How a record batch differs from an ordinary one. */
export interface BatchChange {
  readonly first?: number;
  readonly codec?: Codec;
  /** How many records it claims. */
  readonly count?: number;
  readonly transactional?: { readonly producerId: bigint };
  /** Changes the unpacked records. */
  readonly unpacked?: (records: Buffer) => Buffer;
  /** Changes the packed ones. */
  readonly packed?: (records: Buffer) => Buffer;
}

export interface TestRecord {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly (readonly [string, Buffer | null])[];
}

const RECORDS_AT = 61;

/** A record batch as a broker keeps it, with a checksum that fits. */
export function recordBatch(records: readonly TestRecord[], change: BatchChange = {}): Buffer {
  const { first = 0, codec = 'none', unpacked = same, packed = same, transactional, count } = change;
  const messages = records.map(({ key = null, value = null, headers = [] }) => ({
    topic: 't',
    partition: 0,
    timestamp: 17n,
    key,
    value,
    // Names are objects of their own, so that one may occur several times.
    headers: new Map(headers.map(([name, header]) => [Buffer.from(name), header])) as never,
  }));
  const plain = createRecordsBatch(
    messages as never,
    transactional ? { transactionalId: 't', producerId: transactional.producerId } : {},
  ).buffer;
  const body = packed(pack(codec, unpacked(plain.subarray(RECORDS_AT))));
  const batch = Buffer.concat([plain.subarray(0, RECORDS_AT), body]);
  batch.writeBigInt64BE(BigInt(first), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(batch.readInt16BE(21) | CODECS.indexOf(codec), 21);
  if (count !== undefined) batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

const same = (bytes: Buffer): Buffer => bytes;

export function pack(codec: Codec, bytes: Buffer): Buffer {
  if (codec === 'none') return bytes;
  if (codec === 'gzip') return gzipSync(bytes);
  if (codec === 'zstd') return zstdCompressSync(bytes);
  return (compressionsAlgorithms[codec].compressSync as (bytes: Buffer) => Buffer)(bytes);
}

/** Snappy in the framing of the Java client, in chunks of so many bytes. */
export function xerial(bytes: Buffer, chunk: number): Buffer {
  const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const parts: Buffer[] = [head];
  for (let at = 0; at < bytes.length; at += chunk) {
    const packed = pack('snappy', bytes.subarray(at, at + chunk));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packed.length);
    parts.push(length, packed);
  }
  return Buffer.concat(parts);
}

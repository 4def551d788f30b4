import { repeat } from './unpack-lz4.ts';

/**
 * Snappy as Kafka's producers use it: one block, or many in the framing of the Java client ("xerial"). Our own for the
 * reasons of LZ4.
 */

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = 16;
/** Literals longer than this have their length in the bytes that follow. */
const SHORT_LITERAL = 60;
/** No preamble is longer: a length of 32 bits in groups of seven. */
const LONGEST_PREAMBLE = 5;

interface Block {
  readonly from: number;
  readonly to: number;
  /** How much it announces to unpack to. */
  readonly bytes: number;
}

/**
 * @param most bytes that it may unpack to, known before they are allocated
 * @throws RangeError when this is no such block, or one of more than that
 */
export function unpackSnappy(packed: Buffer, most: number): Buffer {
  const blocks = startsFraming(packed, 0) ? framedBlocks(packed) : [readBlock(packed, 0, packed.length)];
  const total = blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > most) throw new RangeError('too much');
  const unpacked = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const block of blocks) {
    unpackBlock(packed, block, unpacked.subarray(at, at + block.bytes));
    at += block.bytes;
  }
  return unpacked;
}

function startsFraming(packed: Buffer, at: number): boolean {
  return packed.subarray(at, at + XERIAL.length).equals(XERIAL);
}

/** Streams in that framing may follow each other. */
function framedBlocks(packed: Buffer): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < packed.length;) {
    if (startsFraming(packed, at)) {
      at += XERIAL_HEAD_BYTES;
      continue;
    }
    const to = at + 4 + packed.readUInt32BE(at);
    if (to > packed.length) throw new RangeError('cut off');
    blocks.push(readBlock(packed, at + 4, to));
    at = to;
  }
  return blocks;
}

function readBlock(packed: Buffer, start: number, to: number): Block {
  let bytes = 0;
  for (let index = 0; index < LONGEST_PREAMBLE; index += 1) {
    const byte = packed[start + index];
    if (byte === undefined || start + index >= to) break;
    bytes += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { from: start + index + 1, to, bytes };
  }
  throw new RangeError('no block');
}

function unpackBlock(packed: Buffer, { from, to }: Block, into: Buffer): void {
  let out = 0;
  for (let at = from; at < to;) {
    const tag = packed[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >> 2;
      if (length >= SHORT_LITERAL) {
        const bytes = length - SHORT_LITERAL + 1;
        length = packed.readUIntLE(at, bytes);
        at += bytes;
      }
      length += 1;
      if (at + length > to || out + length > into.length) throw new RangeError('cut off');
      packed.copy(into, out, at, at + length);
      at += length;
      out += length;
    } else if (kind === 1) {
      out = repeat(into, out, ((tag >> 5) << 8) | packed.readUInt8(at), ((tag >> 2) & 7) + 4);
      at += 1;
    } else {
      const bytes = kind === 2 ? 2 : 4;
      out = repeat(into, out, packed.readUIntLE(at, bytes), (tag >> 2) + 1);
      at += bytes;
    }
  }
  if (out !== into.length) throw new RangeError('less than announced');
}

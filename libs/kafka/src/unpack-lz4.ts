/**
 * LZ4 as Kafka uses it: one frame. Our own, because the decoder that came with a client takes an older framing without
 * any bound, and hostile bytes leave its memory damaged for whoever unpacks next. Checksums are not looked at: the record
 * batch has one.
 */

const MAGIC = 0x184d2204;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const MAX_BLOCK_BYTES = [0, 0, 0, 0, 65_536, 262_144, 1_048_576, 4_194_304];
/** Set in a block's length when its bytes are as they were. */
const IS_PLAIN = 0x8000_0000;
const MIN_MATCH = 4;
/** A length of this in a token goes on in the bytes that follow. */
const GOES_ON = 15;
/** From here on one call costs less than a loop over the bytes. */
const LONG_COPY = 24;

interface Block {
  readonly from: number;
  readonly to: number;
  readonly isPlain: boolean;
}

/**
 * @param most bytes that it may unpack to, known before they are allocated
 * @throws RangeError when this is no frame, or one of more than that
 */
export function unpackLz4(packed: Buffer, most: number): Buffer {
  const { blocks, maxBlock } = readFrame(packed);
  let total = 0;
  for (const block of blocks) {
    const bytes = block.isPlain ? block.to - block.from : unpackedBytes(packed, block);
    if (bytes > maxBlock || (total += bytes) > most) throw new RangeError('too much');
  }
  const unpacked = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const block of blocks) at = unpackBlock(packed, block, unpacked, at);
  if (at !== total) throw new RangeError('less than counted');
  return unpacked;
}

function readFrame(packed: Buffer): { blocks: Block[]; maxBlock: number } {
  const flags = packed[4] ?? 0;
  if (packed.readUInt32LE(0) !== MAGIC || (flags & VERSION_MASK) !== VERSION || flags & HAS_DICTIONARY)
    throw new RangeError('no frame');
  const maxBlock = MAX_BLOCK_BYTES[((packed[5] ?? 0) >> 4) & 7] ?? 0;
  const blocks: Block[] = [];
  let at = 7 + (flags & HAS_SIZE ? 8 : 0);
  for (;;) {
    const length = packed.readUInt32LE(at);
    if (length === 0) return { blocks, maxBlock };
    const isPlain = length >= IS_PLAIN;
    const from = at + 4;
    const to = from + (isPlain ? length - IS_PLAIN : length);
    if (to > packed.length) throw new RangeError('cut off');
    blocks.push({ from, to, isPlain });
    at = to + (flags & HAS_BLOCK_CHECKSUM ? 4 : 0);
  }
}

/** Adds up the lengths of all literals and matches. */
function unpackedBytes(packed: Buffer, { from, to }: Block): number {
  let total = 0;
  for (let at = from; at < to;) {
    const token = packed[at++] as number;
    let literals = token >> 4;
    if (literals === GOES_ON) for (let more = 255; more === 255; literals += more) more = packed[at++] ?? 0;
    at += literals;
    total += literals;
    if (at >= to) break;
    at += 2;
    let match = token & 15;
    if (match === GOES_ON) for (let more = 255; more === 255; match += more) more = packed[at++] ?? 0;
    total += match + MIN_MATCH;
  }
  return total;
}

function unpackBlock(packed: Buffer, { from, to, isPlain }: Block, into: Buffer, start: number): number {
  if (isPlain) return start + packed.copy(into, start, from, to);
  let at = from;
  let out = start;
  while (at < to) {
    const token = packed[at++] as number;
    let literals = token >> 4;
    if (literals === GOES_ON) for (let more = 255; more === 255; literals += more) more = packed[at++] ?? 0;
    if (at + literals > to) throw new RangeError('cut off');
    if (literals >= LONG_COPY) packed.copy(into, out, at, at + literals);
    else for (let index = 0; index < literals; index += 1) into[out + index] = packed[at + index] as number;
    at += literals;
    out += literals;
    if (at === to) break;
    const distance = packed.readUInt16LE(at);
    at += 2;
    let match = token & 15;
    if (match === GOES_ON) for (let more = 255; more === 255; match += more) more = packed[at++] ?? 0;
    out = repeat(into, out, distance, match + MIN_MATCH);
  }
  return out;
}

/**
 * Copies what lies `distance` bytes back, which may reach into what it writes.
 *
 * @returns the position behind it
 */
export function repeat(into: Buffer, at: number, distance: number, length: number): number {
  if (distance === 0 || distance > at || at + length > into.length) throw new RangeError('a match outside');
  const from = at - distance;
  if (distance === 1) into.fill(into[from] as number, at, at + length);
  else if (distance >= length && length >= LONG_COPY) into.copyWithin(at, from, from + length);
  else for (let index = 0; index < length; index += 1) into[at + index] = into[from + index] as number;
  return at + length;
}

import { createHash } from 'node:crypto';
import { corrupt, refused, unsupported } from './corrupt.ts';
import { type AnyRunEntry, type Footer, footerSchema } from './footer.ts';
import { MAGIC, SEGMENT_LIMITS, TRAILER_BYTES } from './segment-format.ts';
import { unpack } from './unpack.ts';

interface Trailer {
  offset: number;
  packed: number;
  unpacked: number;
  digest: Buffer;
}

/**
 * Which bytes of the object hold footer and trailer: `from` inclusive, `to` exclusive (= size). When `tail` does
 * not reach back to `from`, read that range and give it to {@link readFooter}.
 *
 * @param tail the last bytes of the object, at least {@link TRAILER_BYTES} of them
 * @param size length of the whole object
 * @throws AuditoriumError `segment-corrupt`, `segment-unsupported`
 */
export function footerRange(tail: Buffer, size: number): { from: number; to: number } {
  return { from: readTrailer(tail, size).offset, to: size };
}

/**
 * The footer, checked: its digest, its shape, and that its runs lie where they can.
 * @param tail the last bytes of the object, at least those that {@link footerRange} names
 * @throws AuditoriumError `segment-corrupt`; `segment-unsupported`; `segment-refused` when `tail` is too short
 */
export function readFooter(tail: Buffer, size: number): Footer {
  const trailer = readTrailer(tail, size);
  const start = tail.length - (size - trailer.offset);
  if (start < 0)
    throw refused(`its footer needs the last ${size - trailer.offset} bytes, not ${tail.length}`);
  const packed = tail.subarray(start, start + trailer.packed);
  if (!createHash('sha256').update(packed).digest().equals(trailer.digest)) {
    throw corrupt('the footer is not what the trailer says');
  }
  const footer = parseFooter(unpack(packed, trailer.unpacked));
  checkRuns(footer, trailer.offset);
  return footer;
}

function readTrailer(tail: Buffer, size: number): Trailer {
  if (tail.length < TRAILER_BYTES || tail.length > size) throw corrupt(`too short: ${size} bytes`);
  const trailer = tail.subarray(tail.length - TRAILER_BYTES);
  checkMagic(trailer.subarray(TRAILER_BYTES - MAGIC.length));
  if (trailer.readBigUInt64LE(48) !== 0n) throw corrupt('the trailer has bytes where there are none');
  const offset = Number(trailer.readBigUInt64LE(0));
  const packed = trailer.readUInt32LE(8);
  const unpacked = trailer.readUInt32LE(12);
  const fits = offset >= MAGIC.length && offset + packed + TRAILER_BYTES === size;
  if (!fits || unpacked > SEGMENT_LIMITS.footerBytes) throw corrupt('the trailer does not fit the object');
  return { offset, packed, unpacked, digest: trailer.subarray(16, 48) };
}

function checkMagic(magic: Buffer): void {
  if (magic.equals(MAGIC)) return;
  const ours = magic.subarray(0, 6).equals(MAGIC.subarray(0, 6));
  throw ours ? unsupported(`version ${magic.toString('latin1', 6)}`) : corrupt('no magic at its end');
}

function parseFooter(plain: Buffer): Footer {
  const parsed = footerSchema.safeParse(parseJson(plain));
  if (!parsed.success) throw corrupt('the footer has another shape', parsed.error);
  return parsed.data;
}

/** Runs follow each other from the magic to the footer without a gap, and their numbers agree among themselves. */
function checkRuns(footer: Footer, end: number): void {
  let at = MAGIC.length;
  let before = '';
  for (const run of footer.runs) {
    if (run.org <= before) throw corrupt('runs out of order');
    if (run.last - run.first + 1 !== run.count) throw corrupt(`sequence range of ${run.org}`);
    before = run.org;
    at = checkRun(run, at);
  }
  if (footer.rejected) at = checkRun(footer.rejected, at);
  if (at !== end) throw corrupt('bytes that no run accounts for');
}

function checkRun(run: AnyRunEntry, at: number): number {
  const packed = run.frames.reduce((sum, frame) => sum + frame[0], 0);
  const bytes = run.frames.reduce((sum, frame) => sum + frame[1], 0);
  const rawLast = run.rawOffsets.reduce((sum, step) => sum + step, run.rawFirst);
  const agrees =
    run.offset === at &&
    run.length === packed &&
    run.bytes === bytes &&
    run.rawOffsets.length === run.count - 1 &&
    run.rawLast === rawLast;
  if (!agrees) throw corrupt('a run whose numbers do not agree');
  return at + packed;
}

function parseJson(plain: Buffer): unknown {
  try {
    return JSON.parse(plain.toString('utf8'));
  } catch (cause) {
    throw corrupt('the footer is not JSON', cause);
  }
}

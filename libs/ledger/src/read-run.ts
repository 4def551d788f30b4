import { createHash } from 'node:crypto';
import { corrupt, unsupported } from './corrupt.ts';
import type { AnyRunEntry } from './footer.ts';
import { SEGMENT_LIMITS } from './segment-format.ts';
import { unpack } from './unpack.ts';

/** A run, unpacked and proven. */
export interface Run {
  /** All lines, each with its newline: one after another in one buffer. */
  bytes: Buffer;
  /** The lines without their newlines; views of `bytes`, made when asked for. */
  lines(): Generator<Buffer>;
}

/**
 * A run from its own bytes: `entry.offset … entry.offset + entry.length` of the object, nothing else is needed.
 * @throws AuditoriumError `segment-corrupt` when they are not the bytes that were sealed; `segment-unsupported` for a cipher
 */
export function readRun(packed: Buffer, entry: AnyRunEntry): Run {
  const bytes = Buffer.concat([...readFrames(packed, entry)], entry.bytes);
  return { bytes, lines: () => linesOf(bytes) };
}

/**
 * The same a frame at a time (at most `SEGMENT_LIMITS.frameBytes` in memory), each of whole lines. The digest is
 * known only after the last frame: what was made of the earlier ones must be thrown away when this throws.
 */
export function* readFrames(packed: Buffer, entry: AnyRunEntry): Generator<Buffer> {
  if (entry.cipher !== 'none') throw unsupported(`cipher ${entry.cipher}`);
  if (packed.length !== entry.length) throw corrupt(`${packed.length} bytes for a run of ${entry.length}`);
  const digest = createHash('sha256');
  let at = 0;
  let count = 0;
  for (const [length, bytes] of entry.frames) {
    if (bytes > SEGMENT_LIMITS.frameBytes) throw corrupt(`a frame of ${bytes} bytes`);
    const frame = unpack(packed.subarray(at, at + length), bytes);
    at += length;
    digest.update(frame);
    count += newlines(frame);
    yield frame;
  }
  if (count !== entry.count) throw corrupt(`${count} lines instead of ${entry.count}`);
  if (digest.digest('hex') !== entry.digest) throw corrupt('the lines do not have the digest of the footer');
}

/** The lines of a buffer, without their newlines. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, from);
    if (end < 0) return;
    yield bytes.subarray(from, end);
    from = end + 1;
  }
}

/**
 * The bytes of lines `from` to `to` (indexes from 0, `to` exclusive) of a buffer of lines, newlines included; what a
 * window takes out of a run: `sliceLines(run.bytes, first - entry.first, last + 1 - entry.first)`.
 */
export function sliceLines(bytes: Buffer, from: number, to: number): Buffer {
  const start = afterLines(bytes, 0, from);
  return bytes.subarray(start, afterLines(bytes, start, to - from));
}

function afterLines(bytes: Buffer, start: number, lines: number): number {
  let at = start;
  for (let line = 0; line < lines; line += 1) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return bytes.length;
    at = end + 1;
  }
  return at;
}

function newlines(frame: Buffer): number {
  if (frame.at(-1) !== 0x0a) throw corrupt('a frame that ends inside a line');
  let count = 0;
  for (let at = frame.indexOf(0x0a); at >= 0; at = frame.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

import { createHash, hash, type Hash } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { BodyWriter } from './body-writer.ts';
import type { AnyRunEntry, Footer, RunEntry } from './footer.ts';
import { type LineArena, type LineList, NONE } from './line-arena.ts';
import { refused } from './corrupt.ts';
import { FRAME_BYTES, MAGIC, SEGMENT_LIMITS, TRAILER_BYTES } from './segment-format.ts';

/** How far an org's ledger went before this segment: sequence of its last event (0: none) and the segment that holds it. */
export interface Head {
  sequence: number;
  segment: string | null;
}

/** What the footer says beside the lines. All of it is decided by the caller, nothing read from a clock. */
export interface FinishInput {
  segment: string;
  topic: string;
  partition: number;
  epoch: number;
  createdAt: Date;
  rawFrom: number;
  rawLast: number;
  enrichedFrom: number;
  enrichedNext: number;
  repeats: number;
  holes: number;
  /** A head for each org of the segment; an org that is absent here starts at sequence 1. */
  heads: ReadonlyMap<string, Head>;
}

export interface FinishedSegment {
  /** The object, in parts: to be sent one after another. */
  body: Buffer[];
  /** Length of the object, bytes. */
  size: number;
  /** SHA-256 of the whole object, hex. */
  digest: string;
  footer: Footer;
}

type Packed = Omit<AnyRunEntry, 'cipher' | 'keyId'>;

/** zstd level 1: a third of gzip 1's work for smaller output. Higher levels cost more than the bytes they save. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };

/** Packs run after run, then footer and trailer. Yields after each run. */
export function* finishing(
  arena: LineArena,
  runs: { org: string; list: LineList }[],
  rejected: LineList | null,
  input: FinishInput,
): Generator<void, FinishedSegment> {
  const body = new BodyWriter();
  body.write(MAGIC);
  const scratch = Buffer.allocUnsafeSlow(Math.max(FRAME_BYTES, arena.longest));
  const entries: RunEntry[] = [];
  for (const { org, list } of runs) {
    entries.push(runEntry(org, packRun(arena, list, scratch, body), input.heads.get(org)));
    yield;
  }
  const rejectedEntry = rejected && sealed(packRun(arena, rejected, scratch, body));
  const footer = footerOf(input, entries, rejectedEntry);
  writeFooter(footer, body);
  return { ...body.close(), footer };
}

function runEntry(org: string, packed: Packed, head: Head | undefined): RunEntry {
  const before = head?.sequence ?? 0;
  return {
    org,
    first: before + 1,
    last: before + packed.count,
    previous: head?.segment ?? null,
    ...sealed(packed),
  };
}

function sealed(packed: Packed): AnyRunEntry {
  return { ...packed, cipher: 'none', keyId: null };
}

/** Copies the lines of one list into frames of whole lines, and writes those. */
function packRun(arena: LineArena, list: LineList, scratch: Buffer, body: BodyWriter): Packed {
  const offset = body.size;
  const frames: [number, number][] = [];
  // Most runs are one frame: hashing that at once costs half of what a hash object does.
  const digest = list.bytes > FRAME_BYTES ? createHash('sha256') : undefined;
  let used = 0;
  for (let line = list.head; line !== NONE; line = arena.next(line)) {
    const length = arena.length(line);
    if (used > 0 && used + length > FRAME_BYTES) {
      frames.push(writeFrame(scratch.subarray(0, used), body, digest));
      used = 0;
    }
    arena.copy(line, scratch, used);
    used += length;
  }
  const last = scratch.subarray(0, used);
  frames.push(writeFrame(last, body, digest));
  return {
    ...rawOffsets(arena, list),
    offset,
    length: body.size - offset,
    count: list.count,
    bytes: list.bytes,
    frames,
    digest: digest ? digest.digest('hex') : hash('sha256', last, 'hex'),
  };
}

function writeFrame(lines: Buffer, body: BodyWriter, digest: Hash | undefined): [number, number] {
  digest?.update(lines);
  const packed = pack(lines);
  body.write(packed);
  return [packed.length, lines.length];
}

function rawOffsets(
  arena: LineArena,
  list: LineList,
): Pick<AnyRunEntry, 'rawFirst' | 'rawLast' | 'rawOffsets'> {
  const steps: number[] = [];
  const rawFirst = arena.rawOffset(list.head);
  let last = rawFirst;
  for (let line = arena.next(list.head); line !== NONE; line = arena.next(line)) {
    const offset = arena.rawOffset(line);
    steps.push(offset - last);
    last = offset;
  }
  return { rawFirst, rawLast: last, rawOffsets: steps };
}

/** `pledgedSrcSize` lets zstd choose small tables for a small run, and puts the size into the frame's header. */
function pack(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, { params: LEVEL, pledgedSrcSize: bytes.length });
}

function footerOf(input: FinishInput, runs: RunEntry[], rejected: AnyRunEntry | null): Footer {
  const { heads: _, repeats, holes, createdAt, ...rest } = input;
  const accepted = runs.reduce((sum, run) => sum + run.count, 0);
  return {
    format: 'auditorium-segment',
    version: 1,
    ...rest,
    createdAt: createdAt.toISOString(),
    counts: { accepted, rejected: rejected?.count ?? 0, repeats, holes },
    runs,
    rejected,
  };
}

function writeFooter(footer: Footer, body: BodyWriter): void {
  const plain = Buffer.from(JSON.stringify(footer));
  if (plain.length > SEGMENT_LIMITS.footerBytes) throw refused(`a footer of ${plain.length} bytes`);
  const packed = pack(plain);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeBigUInt64LE(BigInt(body.size), 0);
  trailer.writeUInt32LE(packed.length, 8);
  trailer.writeUInt32LE(plain.length, 12);
  createHash('sha256').update(packed).digest().copy(trailer, 16);
  MAGIC.copy(trailer, TRAILER_BYTES - MAGIC.length);
  body.write(packed);
  body.write(trailer);
}

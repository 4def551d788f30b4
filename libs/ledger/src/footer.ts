import { z } from 'zod';

/** A count, offset or length: a whole number that JSON carries exactly. */
const whole = z.int().min(0);

const runShape = {
  /** Raw offset of the first line of the run. */
  rawFirst: whole,
  /** Raw offset of the last line of the run. */
  rawLast: whole,
  /** For each line but the first: its raw offset minus that of the line before it. */
  rawOffsets: z.array(z.int().min(1)),
  /** Where the run's frames begin in the object. */
  offset: whole,
  /** Packed length of all frames of the run, bytes. */
  length: whole,
  /** Number of lines. */
  count: z.int().min(1),
  /** Unpacked length of the run, newlines included. */
  bytes: z.int().min(1),
  /** The frames in order, as pairs: packed length, unpacked length. */
  frames: z.array(z.tuple([z.int().min(1), z.int().min(1)])).min(1),
  /** SHA-256 of the unpacked run, newlines included, in lower-case hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** How the frames are enciphered. A reader that does not know the name must refuse the run. */
  cipher: z.string(),
  /** Which key enciphers them; null when `cipher` is `none`. */
  keyId: z.string().nullable(),
};

const runEntrySchema = z.object({
  org: z.string().min(1),
  /** Sequence of the org's first and last event in this run; an org's first event ever has sequence 1. */
  first: z.int().min(1),
  last: z.int().min(1),
  /** Key of the segment that holds the org's run before this one; null for its first. */
  previous: z.string().nullable(),
  ...runShape,
});

const rejectedEntrySchema = z.object(runShape);

export const footerSchema = z.object({
  format: z.literal('auditorium-segment'),
  version: z.literal(1),
  /** The object's own key, so that a copy under another name is recognised. */
  segment: z.string(),
  /** Raw topic whose offsets are meant. */
  topic: z.string(),
  partition: whole,
  epoch: whole,
  /** RFC 3339, UTC: when the writer made the footer. */
  createdAt: z.string(),
  /** Raw offsets that this segment accounts for, both inclusive: lines, repeats and holes. */
  rawFrom: whole,
  rawLast: whole,
  /** Offsets of enriched that it was made from: `enrichedFrom` inclusive, `enrichedNext` exclusive. */
  enrichedFrom: whole,
  enrichedNext: whole,
  counts: z.object({ accepted: whole, rejected: whole, repeats: whole, holes: whole }),
  /** One entry for each org, ascending by the bytes of `org`. */
  runs: z.array(runEntrySchema),
  rejected: rejectedEntrySchema.nullable(),
});

/** One org's run in a segment. */
export type RunEntry = z.infer<typeof runEntrySchema>;
/** The run of rejected events: as a run, but of no org. */
export type RejectedEntry = z.infer<typeof rejectedEntrySchema>;
/** What both have. */
export type AnyRunEntry = RejectedEntry;
export type Footer = z.infer<typeof footerSchema>;

/** The run of one org, by binary search; undefined when the segment holds nothing of that org. */
export function runOf(footer: Footer, org: string): RunEntry | undefined {
  let low = 0;
  let high = footer.runs.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const entry = footer.runs[middle] as RunEntry;
    if (entry.org === org) return entry;
    if (entry.org < org) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** The raw offset of each line of a run, in order. */
export function rawOffsetsOf(entry: AnyRunEntry): number[] {
  const offsets = [entry.rawFirst];
  let offset = entry.rawFirst;
  for (const step of entry.rawOffsets) offsets.push((offset += step));
  return offsets;
}

/**
 * The index (from 0) of the line that came from this raw offset, or undefined. For an org's run its sequence is
 * `entry.first + index`.
 */
export function indexOfRawOffset(entry: AnyRunEntry, rawOffset: number): number | undefined {
  let offset = entry.rawFirst;
  if (offset === rawOffset) return 0;
  for (let line = 0; line < entry.rawOffsets.length; line += 1) {
    offset += entry.rawOffsets[line] as number;
    if (offset === rawOffset) return line + 1;
    if (offset > rawOffset) return undefined;
  }
  return undefined;
}

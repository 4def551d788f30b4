/**
 * The outside of a segment object. `docs/formats/segment.md` is the specification; this file holds its numbers.
 *
 *     ┌──────────┬───────────────┬─────┬───────────────┬──────────────┬─────────────────┬─────────┐
 *     │ MAGIC  8 │ run of org a  │  …  │ run of org z  │ rejected run │ footer (1 frame)│ trailer │
 *     └──────────┴───────────────┴─────┴───────────────┴──────────────┴─────────────────┴─────────┘
 *       run     = zstd frames, each of whole lines; a line ends with '\n'
 *       trailer = u64 footer offset · u32 packed · u32 unpacked · sha256(packed footer) 32 · 8 zero bytes · MAGIC 8
 */

/** First and last eight bytes of every segment; the two digits are the version of the format. */
export const MAGIC = Buffer.from('AUDSEG01', 'latin1');

/** Length of the fixed trailer, in bytes. */
export const TRAILER_BYTES = 64;

/** How much of an object's end to ask for first: holds the whole footer of most segments, so one GET is enough. */
export const TAIL_BYTES = 65_536;

/** Unpacked bytes at which a writer ends a frame; only a line longer than this makes a larger one, alone. */
export const FRAME_BYTES = 1_048_576;

/**
 * Bounds that writers keep and readers rely on. A reader unpacks one frame at a time and refuses one that is
 * larger than `frameBytes`, so no object can make it allocate more than that for a frame.
 */
export const SEGMENT_LIMITS = {
  /**
   * Longest line without its newline, bytes. An event is at most 256 KiB and what enrichment adds; a rejected record
   * may have a key as long as Kafka lets a message be (1 MiB), and base64 makes a third more of it.
   */
  lineBytes: 4_194_303,
  /** Most unpacked bytes of one frame. */
  frameBytes: 4_194_304,
  /** Most unpacked bytes of a footer: about 500,000 runs. */
  footerBytes: 268_435_456,
} as const;

export { ChunkPool } from './chunk-pool.ts';
export {
  type AnyRunEntry,
  type Footer,
  type RejectedEntry,
  type RunEntry,
  footerSchema,
  indexOfRawOffset,
  rawOffsetsOf,
  runOf,
} from './footer.ts';
export type { FinishInput, FinishedSegment, Head } from './finish-segment.ts';
export { footerRange, readFooter } from './read-footer.ts';
export { type Run, linesOf, readFrames, readRun, sliceLines } from './read-run.ts';
export { type RejectedRecord, decodeRejected, encodeRejected } from './rejected-line.ts';
export { SegmentBuilder } from './segment-builder.ts';
export { MAGIC, SEGMENT_LIMITS, TAIL_BYTES, TRAILER_BYTES } from './segment-format.ts';
export {
  listAfter,
  parseSegmentKey,
  segmentKey,
  segmentPrefix,
  type SegmentKeyParts,
} from './segment-key.ts';

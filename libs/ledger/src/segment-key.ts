/** Everything sealed lies below this prefix of the ledger bucket. */
const SEGMENTS_PREFIX = 'segments/';

/**
 * `segments/<partition, 5 digits>/<epoch, 10 digits>/<raw last, 16 digits>-<random>.seg`. The digits are padded so that a
 * listing is in order of partition, epoch and raw offsets: what was sealed after a segment is found behind its key. The random
 * part is the caller's (at least 80 bits: `[A-Za-z0-9_-]{14,}`), so two writers of one epoch, which there should never be,
 * still cannot meet.
 */
export function segmentKey(partition: number, epoch: number, rawLast: number, random: string): string {
  return `${segmentPrefix(partition)}${padded(epoch, 10)}/${padded(rawLast, 16)}-${random}.seg`;
}

/** Where the segments of one partition lie. */
export function segmentPrefix(partition: number): string {
  return `${SEGMENTS_PREFIX}${padded(partition, 5)}/`;
}

/** The raw offset is missing in keys that were written before they had it. */
const KEY = /^segments\/(\d{5,})\/(\d{10,})\/(?:(\d{16})-)?([A-Za-z0-9_-]{14,})\.seg$/;

/** The parts of a key. */
export interface SegmentKeyParts {
  readonly partition: number;
  readonly epoch: number;
  /** The last raw offset that the segment accounts for; null in a key that does not say. */
  readonly rawLast: number | null;
  readonly random: string;
}

/** The parts of a key, or null when it is no segment's. */
export function parseSegmentKey(key: string): SegmentKeyParts | null {
  const match = KEY.exec(key);
  if (!match) return null;
  const [, partition, epoch, rawLast, random] = match;
  return {
    partition: Number(partition),
    epoch: Number(epoch),
    rawLast: rawLast === undefined ? null : Number(rawLast),
    random: random as string,
  };
}

/**
 * Behind which key a listing begins that is to find everything sealed after this segment: the key itself, or where that does
 * not say how far it goes, the beginning of its epoch.
 */
export function listAfter(key: string): string {
  const parts = parseSegmentKey(key);
  if (parts === null || parts.rawLast !== null) return key;
  return `${segmentPrefix(parts.partition)}${padded(parts.epoch, 10)}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** Everything sealed lies below this prefix of the ledger bucket. */
const SEGMENTS_PREFIX = 'segments/';

/**
 * `segments/<partition, 5 digits>/<epoch, 10 digits>/<random>.seg`. The digits are padded so that a listing is in
 * order of partition and epoch; the random part is the caller's (at least 80 bits: `[A-Za-z0-9_-]{14,}`), so two
 * writers of one epoch, which there should never be, still cannot meet.
 */
export function segmentKey(partition: number, epoch: number, random: string): string {
  return `${segmentPrefix(partition)}${String(epoch).padStart(10, '0')}/${random}.seg`;
}

/** Where the segments of one partition lie. */
function segmentPrefix(partition: number): string {
  return `${SEGMENTS_PREFIX}${String(partition).padStart(5, '0')}/`;
}

const KEY = /^segments\/(\d{5,})\/(\d{10,})\/([A-Za-z0-9_-]{14,})\.seg$/;

/** The parts of a key, or null when it is no segment's. */
export function parseSegmentKey(key: string): { partition: number; epoch: number; random: string } | null {
  const match = KEY.exec(key);
  if (!match) return null;
  return { partition: Number(match[1]), epoch: Number(match[2]), random: match[3] as string };
}

import { z } from 'zod';
import { corrupt } from './corrupt.ts';

/** What the ledger keeps of a rejected record. */
export interface RejectedRecord {
  /** Why, from the table of verdicts. */
  code: string;
  key: Buffer | null;
  /** Length of the raw value; more than `value.length` when only its beginning was kept. */
  length: number;
  /** Digest of the whole raw value, as enrichment wrote it into its header (hex). */
  digest: string;
  /** Null when the raw record had none. */
  value: Buffer | null;
  /** The first raw offset of a range that was lost as a whole, where the line stands for one. */
  rawFrom?: number | undefined;
}

const rejectedLineSchema = z.object({
  rawoffset: z.int().min(0),
  rawfrom: z.int().min(0).optional(),
  code: z.string(),
  key: z.base64().nullable(),
  length: z.int().min(0),
  digest: z.string(),
  value: z.base64().nullable(),
});

/** A line of the rejected run: one JSON object, so that bytes of any kind survive in a file of lines. */
export function encodeRejected(rawOffset: number, record: RejectedRecord): Buffer {
  const line = {
    rawoffset: rawOffset,
    rawfrom: record.rawFrom,
    code: record.code,
    key: base64(record.key),
    length: record.length,
    digest: record.digest,
    value: base64(record.value),
  };
  return Buffer.from(JSON.stringify(line));
}

/** @throws AuditoriumError `segment-corrupt` */
export function decodeRejected(line: Buffer): RejectedRecord & { rawOffset: number } {
  const parsed = rejectedLineSchema.safeParse(parseJson(line));
  if (!parsed.success) throw corrupt('a rejected line is not what the format says', parsed.error);
  const { rawoffset, rawfrom, key, value, ...rest } = parsed.data;
  return {
    ...rest,
    rawOffset: rawoffset,
    ...(rawfrom !== undefined && { rawFrom: rawfrom }),
    key: bytes(key),
    value: bytes(value),
  };
}

function base64(value: Buffer | null): string | null {
  return value === null ? null : value.toString('base64');
}

function bytes(value: string | null): Buffer | null {
  return value === null ? null : Buffer.from(value, 'base64');
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw corrupt('a rejected line is not JSON', cause);
  }
}

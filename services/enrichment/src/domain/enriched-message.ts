import { encodeEnrichedHeaders, LIMITS, spliceAttributes } from '@auditorium/events';
import { attributesOf } from './attributes.ts';
import type { Decision, RawRecord } from './decide-verdict.ts';
import type { Directory } from './directory.ts';

/** A message for the enriched topic. */
export interface OutMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, string>;
}

/** Bytes of the digest that memory and headers keep, in hex. */
const SHORT_DIGEST = 32;
/** Enriched takes 64 KiB more than raw. An org or actor whose metadata do not fit is enriched without them. */
const ATTRIBUTE_BYTES = 49_152;
const NOTHING = Buffer.alloc(0);

/** The message that says the verdict on `record`, and accounts for everything in raw from `rawFrom` on. */
export function enrichedMessage(
  record: RawRecord,
  decision: Decision,
  rawFrom: number,
  directory: Directory,
): OutMessage {
  const { verdict, rawOffset, code, id, source, type, outbox, sequence } = decision;
  const rejected = verdict === 'rejected';
  const digest = rejected ? decision.digest : decision.digest.slice(0, SHORT_DIGEST);
  const length = rejected ? (record.value?.length ?? 0) : undefined;
  const headers = encodeEnrichedHeaders({
    verdict,
    rawOffset,
    rawFrom,
    code,
    id,
    source,
    type,
    digest,
    length,
    outbox,
    sequence,
  });
  return { key: keyOf(record), value: valueOf(record, decision, directory), headers };
}

/** Cut, because a key of a megabyte, which can name no org, would make a verdict that no topic takes. */
function keyOf({ key }: RawRecord): Buffer | null {
  return key?.subarray(0, LIMITS.keptKeyBytes) ?? null;
}

function valueOf(record: RawRecord, { verdict, checked }: Decision, directory: Directory): Buffer | null {
  if (verdict === 'repeat') return null;
  const value = record.value ?? NOTHING;
  if (checked === undefined) return value.subarray(0, LIMITS.keptBytes);
  const { org, actorType, actorId } = checked;
  const attributes = attributesOf(
    record.timestamp,
    directory.org(org),
    directory.actor(org, actorType, actorId),
  );
  return spliceAttributes(
    value,
    attributes.length <= ATTRIBUTE_BYTES ? attributes : attributesOf(record.timestamp),
  );
}

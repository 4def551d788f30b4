import type { FetchedBatch, FetchedMessage } from './fetched-batch.ts';
import { joinBatches } from './fetched-batch.ts';

/** A stretch that kafkajs fetched: whole, or only known to exist and to be read again by a reader that shows holes. */
export type FetchedWork =
  | { readonly kind: 'batch'; readonly batch: FetchedBatch; readonly bytes: number }
  | { readonly kind: 'reread'; readonly from: number; readonly next: number };

/** What kafkajs hands to `eachBatch`, with the parts that its types leave out. */
export interface KafkajsBatch {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: string;
  readonly fetchedOffset: string | number;
  readonly rawMessages: readonly KafkajsMessage[];
}

type HeaderValue = Buffer | string | null;
/** Several where a header occurs several times. */
type HeaderValues = HeaderValue | HeaderValue[] | undefined;

/** A record as kafkajs decodes it, control and aborted ones included. */
export interface KafkajsMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, HeaderValues>>;
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly inTransaction?: boolean };
}

/** Keys, headers and objects of a message, roughly: memory is bounded by it, not billed. */
const MESSAGE_OVERHEAD_BYTES = 500;

/**
 * Takes over a kafkajs batch that was fetched from `from`. As soon as one record is transactional, a control record or
 * not the next offset, the stretch is to be read again: kafkajs cannot tell exactly which records are aborted (it takes
 * a user's key of four zero bytes for an abort marker, and one aborted transaction for each message at most).
 */
export function takeOver(batch: KafkajsBatch, from: number): FetchedWork | undefined {
  const messages: FetchedMessage[] = [];
  let bytes = 0;
  let next = from;
  for (const raw of batch.rawMessages) {
    const offset = Number(raw.offset);
    if (offset < from) continue;
    if (offset !== next || raw.isControlRecord || raw.batchContext?.inTransaction) return reread(batch, from);
    messages.push(toMessage(raw, offset));
    bytes += MESSAGE_OVERHEAD_BYTES + (raw.value?.length ?? 0);
    next = offset + 1;
  }
  if (next === from) return undefined;
  const { topic, partition } = batch;
  const logEnd = Number(batch.highWatermark);
  return { kind: 'batch', batch: { topic, partition, from, next, logEnd, messages, holes: [] }, bytes };
}

function reread(batch: KafkajsBatch, from: number): FetchedWork {
  return { kind: 'reread', from, next: Number(batch.rawMessages.at(-1)?.offset) + 1 };
}

function toMessage(raw: KafkajsMessage, offset: number): FetchedMessage {
  const headers = (raw.headers ?? {}) as Record<string, HeaderValues>;
  for (const name in headers) {
    const values = headers[name];
    // A header without a value is legal in Kafka; the reader that shows holes calls it absent too.
    if (typeof values === 'object' && !Buffer.isBuffer(values)) headers[name] = values?.at(-1) ?? undefined;
  }
  return {
    offset,
    timestamp: Number(raw.timestamp),
    key: raw.key,
    value: raw.value,
    headers: headers as FetchedMessage['headers'],
  };
}

/** Joins what waits into as few pieces as possible: many small fetches become one batch. */
export function joinWork(waiting: readonly FetchedWork[]): FetchedWork[] {
  const joined: FetchedWork[] = [];
  for (const work of waiting) {
    const last = joined.at(-1);
    if (last?.kind === 'batch' && work.kind === 'batch') {
      joined[joined.length - 1] = {
        kind: 'batch',
        batch: joinBatches(last.batch, work.batch),
        bytes: last.bytes + work.bytes,
      };
    } else joined.push(work);
  }
  return joined;
}

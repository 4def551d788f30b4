import { createRequire } from 'node:module';
import type { AbortedTransaction } from './packed-stretch.ts';
import { splitRecordBatches, type SplitBatches } from './record-batch.ts';

/** Kafkajs gives a fetch its longest wait plus 100 ms, so that a busy broker looks like a dead one. */
const FETCH_TIMEOUT_MS = 15_000;

/** What one fetch brought of one partition, in the place of a kafkajs message. */
export interface KafkajsFetched extends SplitBatches {
  readonly aborted: readonly AbortedTransaction[];
}

/** The one message that kafkajs sees of a fetched partition: it asks nothing of it but where the next fetch begins. */
export interface KafkajsMessage {
  readonly offset: string;
  readonly fetched: KafkajsFetched;
}

/** Kafkajs's own reader of an answer's bytes. */
interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readBytes(): Buffer | null;
}
interface FetchResponse {
  readonly decode: (bytes: Buffer) => Promise<object>;
  readonly parse: (answer: object) => Promise<object>;
}
type FetchRequests = { protocol: (definition: object) => (options: object) => object };

const kafkajs = createRequire(createRequire(import.meta.url).resolve('kafkajs'));
let amended = false;

/**
 * Mends two things inside kafkajs 2.2.4 that no option reaches, before its first fetch: the time a fetch may take, and the
 * decoding of what was fetched, which unpacks everything at once and without a bound, takes the whole consumer down with
 * one batch that it cannot read, and decides by wrong rules what was aborted. Its version is pinned exactly; the tests
 * fail if a new one no longer has these places.
 */
export function amendKafkajs(): void {
  if (amended) return;
  amended = true;
  const fetchRequests = kafkajs('./src/protocol/requests/fetch') as FetchRequests;
  const { protocol } = fetchRequests;
  fetchRequests.protocol = (definition) => {
    const create = protocol(definition);
    return (options) => ({ ...create(options), requestTimeout: FETCH_TIMEOUT_MS });
  };
  const place = kafkajs.resolve('./src/protocol/requests/fetch/v11/response');
  const { parse } = kafkajs(place) as FetchResponse;
  (kafkajs.cache[place] as { exports: FetchResponse }).exports = { decode: decodeAnswer, parse };
}

/** An answer to a fetch of version 11, in the words of kafkajs. */
function decodeAnswer(bytes: Buffer): Promise<object> {
  const DecoderOf = kafkajs('./src/protocol/decoder') as new (buffer: Buffer) => Decoder;
  const decoder = new DecoderOf(bytes);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = decoder.readArray((topic) => ({
    topicName: topic.readString(),
    partitions: topic.readArray(decodePartition),
  }));
  // The broker has held the answer back itself; waiting once more would be twice.
  return Promise.resolve({ throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses });
}

function decodePartition(decoder: Decoder): object {
  const place = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
  };
  const aborted = decoder.readArray((transaction) => ({
    producerId: BigInt(transaction.readInt64().toString()),
    firstOffset: BigInt(transaction.readInt64().toString()),
  }));
  const preferredReadReplica = decoder.readInt32();
  const messages = messagesOf({ ...splitRecordBatches(decoder.readBytes() ?? NOTHING), aborted });
  // Kafkajs is told of no transaction: what is aborted is decided by whoever takes the batch over.
  return { ...place, abortedTransactions: [], preferredReadReplica, messages };
}

const NOTHING = Buffer.alloc(0);

/**
 * Where nothing can be read its offset is out of reach, so that kafkajs hands it on at all; the position is then sought
 * again.
 */
function messagesOf(fetched: KafkajsFetched): KafkajsMessage[] {
  const last = fetched.batches.at(-1)?.last ?? (fetched.isCorrupt ? Number.MAX_SAFE_INTEGER : undefined);
  return last === undefined ? [] : [{ offset: String(last), fetched }];
}

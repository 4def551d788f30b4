import { fetchV12, type Connection, type Reader } from '@platformatic/kafka';
import type { AbortedTransaction } from './packed-stretch.ts';

const FETCH = 1;
const VERSION = 12;
const READ_COMMITTED = 1;
const PARTITION_BYTES = 1_048_576;
const RESPONSE_BYTES = 10 * PARTITION_BYTES;

/** What a broker answers for one partition, its record batches as bytes: the client's own parser unpacks without a bound. */
export interface AnsweredPartition {
  readonly partition: number;
  /** Kafka's number of an error; 0 for none. */
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/** Fetches committed records of some partitions from one broker, in one request of no session. */
export function fetchRecords(
  connection: Connection,
  topic: string,
  positions: readonly (readonly [partition: number, offset: number])[],
  maxWaitMs: number,
): Promise<AnsweredPartition[]> {
  const partitions = positions.map(([partition, offset]) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: PARTITION_BYTES,
  }));
  const topics = [{ topicId: topic, partitions }];
  // Session 0 with epoch -1 asks for a full, sessionless fetch.
  const createRequest = () =>
    fetchV12.createRequest(maxWaitMs, 1, RESPONSE_BYTES, READ_COMMITTED, 0, -1, topics, [], '');
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, answer?: AnsweredPartition[]): void =>
      error ? reject(error) : resolve(answer ?? []);
    connection.send(FETCH, VERSION, createRequest, parseAnswer, true, true, done);
  });
}

/** The answer as KIP-74, 98, 392 and 482 lay it out. */
function parseAnswer(_id: number, _api: number, _version: number, answer: Reader): AnsweredPartition[] {
  answer.readInt32(); // throttle time
  const errorCode = answer.readInt16();
  answer.readInt32(); // session
  if (errorCode !== 0) throw new Error(`The broker answers a fetch with error ${errorCode}`);
  const topics = answer.readArray((topic) => {
    topic.readString();
    return topic.readArray(parsePartition);
  });
  return topics.flat();
}

function parsePartition(reader: Reader): AnsweredPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = Number(reader.readInt64());
  reader.readInt64(); // last stable offset
  reader.readInt64(); // log start
  const aborted = reader.readNullableArray((transaction) => ({
    producerId: transaction.readInt64(),
    firstOffset: transaction.readInt64(),
  }));
  reader.readInt32(); // preferred replica
  const records = reader.readNullableBytes() ?? NOTHING;
  return { partition, errorCode, highWatermark, aborted: aborted ?? [], records };
}

const NOTHING = Buffer.alloc(0);

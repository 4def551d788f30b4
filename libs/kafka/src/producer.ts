import { AuditoriumError } from '@auditorium/events';
import {
  findErrorBy,
  ProduceAcks,
  Producer as KafkaProducer,
  type MessageToProduce,
} from '@platformatic/kafka';

/** One message to send. */
export interface OutMessage {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Sends to explicit partitions, in order. */
export interface Producer {
  /**
   * Sends messages as one record batch and resolves once all in-sync replicas have it. Calls for one partition are sent
   * one after the other, those for different partitions at the same time.
   *
   * After a failed send it is unknown whether its messages are in the log; every later one for that partition is refused
   * with `producer-failed` until {@link Producer.reset}, so that nothing can overtake.
   *
   * @throws AuditoriumError `producer-failed`; `produce-rejected` when Kafka will never take these messages.
   */
  send(topic: string, partition: number, messages: readonly OutMessage[]): Promise<{ baseOffset: number }>;
  /** Lets a partition be sent to again, after the caller has found out what is in the log. */
  reset(topic: string, partition: number): void;
  close(): Promise<void>;
}

/** Most bytes of one send, below the 1 MiB that a raw topic takes in a record batch. */
export const MAX_SEND_BYTES = 900_000;
/** Length fields, deltas and attributes of a record: at most this. */
const RECORD_OVERHEAD_BYTES = 40;
const RETRY_PAUSE_MS = 500;
/** With the pause above at least 30 s: longer than it takes to elect a leader for a broker that died. */
const RETRIES = 60;
const REQUEST_TIMEOUT_MS = 20_000;

/** Errors that no repetition mends. */
const REFUSALS = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
];
const DENIALS = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'INVALID_TOPIC_EXCEPTION'];

interface Lane {
  failed: AuditoriumError | undefined;
  /** Ends when everything handed over so far has been sent or refused; never rejects. */
  tail: Promise<unknown>;
}

/** How much of a record batch a message takes, at most. */
export function sendBytes(message: OutMessage): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(message.key ?? '') + (message.value?.length ?? 0);
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 4;
  }
  return bytes;
}

/** The same messages in the same order, cut into what can be sent at once. */
export function splitForSend(messages: readonly OutMessage[], maxBytes = MAX_SEND_BYTES): OutMessage[][] {
  const sends: OutMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = sendBytes(message);
    if (bytes > room || sends.length === 0) {
      sends.push([]);
      room = maxBytes;
    }
    sends.at(-1)?.push(message);
    room -= bytes;
  }
  return sends;
}

/** An idempotent producer: acknowledged by all in-sync replicas, one partition in each send, one send at a time for each. */
export function createProducer(options: {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly compression?: 'none' | 'gzip' | 'zstd' | undefined;
}): Producer {
  const client = new KafkaProducer({
    clientId: options.clientId,
    bootstrapBrokers: [...options.brokers],
    idempotent: true,
    acks: ProduceAcks.ALL,
    compression: options.compression ?? 'none',
    retries: RETRIES,
    retryDelay: RETRY_PAUSE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    autocreateTopics: false,
  });
  const lanes = new Map<string, Lane>();
  const laneOf = (topic: string, partition: number): Lane => {
    const name = `${topic}/${partition}`;
    const lane = lanes.get(name) ?? { failed: undefined, tail: Promise.resolve() };
    lanes.set(name, lane);
    return lane;
  };
  return {
    send: (topic, partition, messages) => {
      const lane = laneOf(topic, partition);
      const sent = lane.tail.then(() => sendInLane(client, lane, topic, partition, messages));
      lane.tail = sent.catch(() => {});
      return sent;
    },
    reset: (topic, partition) => {
      laneOf(topic, partition).failed = undefined;
    },
    close: async () => {
      for (const lane of lanes.values())
        lane.failed ??= new AuditoriumError('producer-failed', 'The producer is closed');
      await client.close();
    },
  };
}

async function sendInLane(
  client: KafkaProducer,
  lane: Lane,
  topic: string,
  partition: number,
  messages: readonly OutMessage[],
): Promise<{ baseOffset: number }> {
  if (lane.failed) {
    throw new AuditoriumError(
      'producer-failed',
      `${topic}/${partition} takes nothing more since a send failed`,
      {
        cause: lane.failed,
      },
    );
  }
  requireSize(topic, partition, messages);
  try {
    await requirePartition(client, topic, partition);
    const { offsets } = await client.send({
      messages: messages.map((message) => toClient(topic, partition, message)),
      // Said again here, because only then does the client take a new producer id after a failure.
      idempotent: true,
    });
    const baseOffset = offsets?.[0]?.offset;
    if (baseOffset === undefined) throw new Error('The answer names no offset');
    return { baseOffset: Number(baseOffset) };
  } catch (error) {
    lane.failed = toFailure(error, topic, partition);
    throw lane.failed;
  }
}

function requireSize(topic: string, partition: number, messages: readonly OutMessage[]): void {
  const bytes = messages.reduce((sum, message) => sum + sendBytes(message), 0);
  if (messages.length > 0 && bytes <= MAX_SEND_BYTES) return;
  throw new AuditoriumError(
    'produce-rejected',
    `A send of ${messages.length} messages and ${bytes} bytes to ${topic}/${partition}`,
  );
}

/** The client would wrap a partition that does not exist around to one that does. */
async function requirePartition(client: KafkaProducer, topic: string, partition: number): Promise<void> {
  const metadata = await client.metadata({ topics: [topic] });
  const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
  if (partition < count) return;
  throw new AuditoriumError(
    'topic-settings',
    `${topic} has ${count} partitions; ${partition} is not one of them`,
  );
}

function toClient(topic: string, partition: number, message: OutMessage): MessageToProduce {
  const headers = new Map<Buffer, Buffer>();
  for (const [name, value] of Object.entries(message.headers ?? {}))
    headers.set(Buffer.from(name), Buffer.from(value));
  const key = typeof message.key === 'string' ? Buffer.from(message.key) : message.key;
  // A null key or value is legal in Kafka and in the client, but not in its types.
  return { topic, partition, key, value: message.value, headers } as MessageToProduce;
}

function toFailure(error: unknown, topic: string, partition: number): AuditoriumError {
  if (error instanceof AuditoriumError) return error;
  const has = (id: string): boolean => findErrorBy(error as Error, 'apiId', id) !== null;
  const refused = REFUSALS.some(has);
  const retryable = !refused && !DENIALS.some(has);
  return new AuditoriumError(
    refused ? 'produce-rejected' : 'producer-failed',
    `Sending to ${topic}/${partition} failed`,
    { cause: error, retryable },
  );
}

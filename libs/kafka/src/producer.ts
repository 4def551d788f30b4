import { AuditoriumError } from '@auditorium/events';
import {
  findErrorBy,
  ProduceAcks,
  Producer as KafkaProducer,
  type MessageToProduce,
} from '@platformatic/kafka';
import { laneProducer, type OutMessage, type Producer } from './lane-producer.ts';

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
  return laneProducer({
    send: (topic, partition, messages) => sendBatch(client, topic, partition, messages),
    close: () => client.close(),
  });
}

async function sendBatch(
  client: KafkaProducer,
  topic: string,
  partition: number,
  messages: readonly OutMessage[],
): Promise<number> {
  try {
    await requirePartition(client, topic, partition);
    const { offsets } = await client.send({
      messages: messages.map((message) => toClient(topic, partition, message)),
      // Said again here, because only then does the client take a new producer id after a failure.
      idempotent: true,
    });
    const baseOffset = offsets?.[0]?.offset;
    if (baseOffset === undefined) throw new Error('The answer names no offset');
    return Number(baseOffset);
  } catch (error) {
    throw toFailure(error, topic, partition);
  }
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

import type { ConsumeTopicOptions, Consumption } from './consumption.ts';
import { GroupReading, type GroupClients } from './group-reading.ts';
import { createKafkajs } from './kafkajs-client.ts';
import { readPartition } from './read-partition.ts';
import { TopicReader } from './topic-reader.ts';

const DEFAULT_SESSION_MS = 6000;
const HEARTBEATS_IN_A_SESSION = 4;
/** A longer one delays a partition that resumes while the others are quiet. */
const FETCH_WAIT_MS = 100;
const PARTITION_BYTES = 1_048_576;
const RESPONSE_BYTES = 10 * PARTITION_BYTES;

/**
 * Consumes the partitions that the group gives us, each from its own checkpoint. Nothing is ever committed to Kafka.
 *
 * Batches from any position but the expected one are dropped and sought again; a position outside the log is fatal,
 * never a silent reset.
 */
export async function consumeTopic(options: ConsumeTopicOptions): Promise<Consumption> {
  const group = new GroupReading(options, (mayRestart) => groupClients(options, mayRestart));
  await group.start();
  return {
    ready: () => group.ready(),
    stopped: () => group.stopped(),
    reopen: (partition) => group.reopen(partition),
    close: () => group.close(),
  };
}

function groupClients(options: ConsumeTopicOptions, mayRestart: () => boolean): GroupClients {
  const {
    brokers,
    clientId,
    groupId,
    topic,
    takeUnreadable,
    sessionTimeoutMs: session = DEFAULT_SESSION_MS,
  } = options;
  const consumer = createKafkajs(options).consumer({
    groupId,
    sessionTimeout: session,
    heartbeatInterval: session / HEARTBEATS_IN_A_SESSION,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: PARTITION_BYTES,
    maxBytes: RESPONSE_BYTES,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 3000,
      retries: 10,
      restartOnFailure: () => Promise.resolve(mayRestart()),
    },
  });
  const reader = new TopicReader(options);
  return {
    consumer,
    ranges: () => reader.offsets(),
    reread: (partition, from, to) =>
      readPartition({ brokers, clientId, topic, partition, from, to, takeUnreadable }),
    close: () => reader.close(),
  };
}

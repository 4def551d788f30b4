import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, topicsOf } from '@auditorium/events';
import type { Producer } from '@auditorium/kafka';
import type { ApiClient } from './api-client.ts';
import type { Connection } from './connection.ts';
import { orgPath } from './terminal.ts';

/** Where a command's events go. */
export interface KafkaTarget {
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  /** The org's id; the command line may have given its slug. */
  readonly org: string;
  readonly slug: string;
}

/** Finds the org and the raw topic, runs `work` with a producer, and closes it whatever happens. */
export async function withKafka<T>(
  connection: Connection,
  api: ApiClient,
  org: string,
  work: (target: KafkaTarget) => Promise<T>,
): Promise<T> {
  const brokers = connection.kafkaBrokers;
  if (brokers === undefined) {
    const message = 'events go straight to Kafka: say where it is with --kafka <host:port,…>';
    throw new AuditoriumError('settings-invalid', message);
  }
  const { id, slug } = await api.get<{ id: string; slug: string }>(orgPath(org));
  const topic = topicsOf(connection.topicPrefix).raw;
  const partitions = await partitionsOf(brokers, topic);
  // Loaded here, because it takes half a second that commands without Kafka need not wait.
  const { createProducer } = await import('@auditorium/kafka');
  const producer = createProducer({ brokers, clientId: 'auditorium-cli' });
  try {
    return await work({ producer, topic, partitions, org: id, slug });
  } finally {
    await producer.close();
  }
}

async function partitionsOf(brokers: readonly string[], topic: string): Promise<number> {
  const { logOffsets } = await import('@auditorium/kafka');
  try {
    return (await inTime(logOffsets(brokers, topic))).size;
  } catch (cause) {
    const message = `Kafka at ${brokers.join(', ')} does not answer, or has no topic ${topic}`;
    throw new AuditoriumError('kafka-unavailable', message, { cause });
  }
}

/** The adapter is as patient as a service must be; a person at a terminal is not. */
const PATIENCE_MS = 5_000;

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: waiting.signal }).then(() => {
    throw new Error(`no answer within ${PATIENCE_MS / 1000} s`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    waiting.abort();
    // Whichever of the two comes last is of no interest any more.
    late.catch(() => undefined);
    answer.catch(() => undefined);
  }
}

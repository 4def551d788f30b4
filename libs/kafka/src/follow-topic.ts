import { isAuditoriumError, jittered } from '@auditorium/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchedMessage } from './fetched-batch.ts';
import { silentLog, type KafkaLog } from './kafka-log.ts';
import { TopicReader } from './topic-reader.ts';
import { unpackStretch } from './unpack-stretch.ts';

const MAX_WAIT_MS = 500;
const PAUSE_MS = 1000;

/** What to follow, and who is told. */
export interface FollowTopicOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Called in order for each partition, one message at a time; a rejection stops the following (see `caughtUp`, `ended`). */
  readonly onMessage: (message: FetchedMessage, partition: number) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly clientId?: string | undefined;
  readonly log?: KafkaLog | undefined;
}

/** A topic being followed. */
export interface Following {
  /** Resolves once everything that the topic held when this began has been handed over. */
  readonly caughtUp: Promise<void>;
  /** Rejects when `onMessage` failed; resolves after `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * Reads all partitions of a compacted topic from the start to their end, then on: the way a service keeps its own copy
 * of the directory. Kafka away is waited for. A topic made anew is read again from its start.
 */
export async function followTopic(options: FollowTopicOptions): Promise<Following> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const caughtUp = Promise.withResolvers<void>();
  caughtUp.promise.catch(() => {});
  const ended = follow(options, signal, () => caughtUp.resolve()).catch((error: unknown) => {
    if (signal.aborted) return;
    caughtUp.reject(error);
    throw error;
  });
  ended.catch(() => {});
  const close = async (): Promise<void> => {
    stop.abort();
    await ended.catch(() => {});
  };
  return Promise.resolve({ caughtUp: caughtUp.promise, ended, close });
}

async function follow(
  options: FollowTopicOptions,
  signal: AbortSignal,
  onCaughtUp: () => void,
): Promise<void> {
  const { brokers, topic, onMessage, clientId = 'auditorium-follower', log = silentLog } = options;
  const reader = new TopicReader({ brokers, topic, clientId, signal });
  try {
    const { positions, ends } = await startingPoint(reader, log, signal);
    const isCaughtUp = (): boolean =>
      [...ends].every(([partition, end]) => (positions.get(partition) ?? 0) >= end);
    for (let told = false; !signal.aborted;) {
      if (!told && isCaughtUp()) {
        told = true;
        onCaughtUp();
      }
      for (const stretch of await fetchOrWait(reader, positions, log, signal)) {
        for await (const { messages, partition, next } of unpackStretch(stretch, false)) {
          for (const message of messages) await onMessage(message, partition);
          positions.set(partition, next);
        }
      }
    }
  } finally {
    await reader.close();
  }
}

async function startingPoint(
  reader: TopicReader,
  log: KafkaLog,
  signal: AbortSignal,
): Promise<{ positions: Map<number, number>; ends: Map<number, number> }> {
  for (;;) {
    try {
      const ranges = [...(await reader.offsets('stable'))];
      return {
        positions: new Map(ranges.map(([partition, { start }]) => [partition, start])),
        ends: new Map(ranges.map(([partition, { end }]) => [partition, end])),
      };
    } catch (error) {
      await waitUnlessFinal(error, log, signal);
    }
  }
}

async function fetchOrWait(
  reader: TopicReader,
  positions: Map<number, number>,
  log: KafkaLog,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<TopicReader['fetch']>>> {
  try {
    return await reader.fetch(positions, MAX_WAIT_MS);
  } catch (error) {
    if (isAuditoriumError(error, 'position-out-of-range')) {
      const partition = Number(error.facts['partition']);
      log.warn(
        { err: error, partition },
        'a followed topic was cut back or made anew: reading it again from its start',
      );
      positions.set(partition, (await reader.offsets('stable')).get(partition)?.start ?? 0);
      return [];
    }
    await waitUnlessFinal(error, log, signal);
    return [];
  }
}

async function waitUnlessFinal(error: unknown, log: KafkaLog, signal: AbortSignal): Promise<void> {
  if (signal.aborted || !isAuditoriumError(error) || !error.retryable) throw error;
  log.warn({ err: error }, 'Kafka is away: a followed topic waits');
  await sleep(jittered(PAUSE_MS, Math.random()), undefined, { signal });
}

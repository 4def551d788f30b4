import { setTimeout as sleep } from 'node:timers/promises';
import { jittered } from '@auditorium/events';
import type { Topics } from '@auditorium/events';
import { logOffsets } from '@auditorium/kafka';
import type { Producer } from '@auditorium/kafka';
import { endWhenSilent, takeClient, tryAdvisoryLock } from '@auditorium/postgres';
import { counter, gauge } from '@auditorium/telemetry';
import type { Logger, Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { Queryable } from './postgres/organisation-stream.ts';
import { markAll, markUnpublished, readDue, unpublishedAge } from './postgres/unpublished.ts';
import type { RecordKind, Unpublished } from './postgres/unpublished.ts';
import { nameOf, publishRecords } from './publish-records.ts';
import type { PublishCrashPoint, PublishDependencies } from './publish-records.ts';

export interface PublisherOptions {
  readonly pool: pg.Pool;
  readonly producer: Producer;
  readonly brokers: readonly string[];
  readonly topics: Topics;
  readonly partitions: number;
  readonly log: Logger;
  readonly reached: Reached<PublishCrashPoint>;
}

export interface RecordPublisher {
  /** There is something new: look now instead of at the next poll. */
  wake(): void;
  /** Ends after the round that is under way. */
  close(): Promise<void>;
}

const LOCK = 'auditorium.directory.publisher';
const POLL_MS = 500;
/** A publisher that its database has not heard for so long is gone, and another takes its place. */
const SILENCE_MS = 60_000;
/** While Kafka is away a send may take longer than that. */
const SIGN_OF_LIFE_MS = 15_000;
const RETRY_MS = 1_000;
const EVERYTHING = 1_000_000;

const published = counter('auditorium.directory.published', 'Records written to the compacted topics');
const waiting = gauge(
  'auditorium.directory.unpublished_age',
  'Age of the oldest record that Kafka does not have',
  's',
);

/**
 * Keeps the compacted topics up with the database. Of all instances one publishes at a time, by advisory lock; another
 * takes over when that one's session ends. Whatever goes wrong is tried again: the rows stay until Kafka has them.
 */
export function startRecordPublisher(options: PublisherOptions): RecordPublisher {
  const { log } = options;
  const stop = new AbortController();
  let rest = new AbortController();
  const pause = async (ms: number): Promise<void> => {
    rest = new AbortController();
    await sleep(ms, undefined, { signal: AbortSignal.any([stop.signal, rest.signal]) }).catch(
      () => undefined,
    );
  };
  const ended = (async () => {
    while (!stop.signal.aborted) {
      await publishUntilLost(options, stop.signal, pause).catch((err: unknown) =>
        log.warn({ err }, 'publishing will be tried again'),
      );
      await pause(jittered(RETRY_MS, Math.random()));
    }
  })();
  const close = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  return { wake: () => rest.abort(), close };
}

async function publishUntilLost(
  options: PublisherOptions,
  stopped: AbortSignal,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  // The next statement on a session that has failed finds out, and ends the round.
  const session = await takeClient(options.pool, () => undefined);
  const alive = setInterval(() => void session.query('SELECT 1').catch(() => undefined), SIGN_OF_LIFE_MS);
  try {
    await endWhenSilent(session, SILENCE_MS);
    if (!(await tryAdvisoryLock(session, LOCK))) return;
    const { producer, topics, partitions, reached } = options;
    const doubtful = await takeOver(options, session);
    const remark = (rows: readonly Unpublished[]) => markUnpublished(options.pool, rows);
    const dependencies: PublishDependencies = {
      session,
      producer,
      topics,
      partitions,
      reached,
      doubtful,
      remark,
    };
    while (!stopped.aborted) {
      const records = await publishRecords(dependencies);
      published.add(records);
      waiting.record((await unpublishedAge(session)).seconds);
      if (records === 0) await pause(POLL_MS);
    }
  } finally {
    clearInterval(alive);
    // The lock belongs to the session, so it must end and not go back to the pool.
    session.release(true);
  }
}

/** What waits now may have been on its way when another publisher died. A topic that is empty was made anew: fill it. */
async function takeOver(
  { brokers, topics, log }: PublisherOptions,
  session: Queryable,
): Promise<Set<string>> {
  for (const kind of ['orgs', 'access', 'actors'] as const satisfies RecordKind[]) {
    const offsets = await logOffsets([...brokers], topics[kind]);
    if ([...offsets.values()].every(({ end }) => end === 0)) await markAll(session, kind);
  }
  const pending = await readDue(session, EVERYTHING);
  log.info({ pending: pending.length }, 'this instance publishes the directory');
  return new Set(pending.map(nameOf));
}

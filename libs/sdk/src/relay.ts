import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, jittered } from '@auditorium/events';
import { RelayConnection } from './relay-connection.ts';
import type { RelayOptions } from './relay-options.ts';
import { RelayShard } from './relay-shard.ts';
import { ORIGIN, TRY_LOCK } from './relay-statements.ts';
import { rest } from './rest.ts';

/** Carries events from the outbox to Kafka. Any number of instances may run: each shard is served by one of them. */
export interface Relay {
  /** Begins; returns at once and goes on through any failure of the database or of Kafka. */
  start(): void;
  /** Lets what is under way finish, at most 10 s, and gives the locks back. */
  close(): Promise<void>;
}

/** A send under way may take this long when the relay is asked to stop; afterwards it is repeated by the next one. */
const CLOSE_MS = 10_000;

/** Makes a relay. It does nothing until it is started. */
export function createRelay(options: RelayOptions): Relay {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = run(options, stopping.signal);
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: RelayOptions, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await serve(options, stopping);
    } catch (error) {
      if (stopping.aborted) return;
      options.log.warn({ err: error }, 'the relay lost its outbox and starts again');
      await rest(jittered(options.retryMs ?? 1000, Math.random()), stopping);
    }
  }
}

/** Serves every shard whose lock it gets, until the connection is lost or the relay stops. */
async function serve(options: RelayOptions, stopping: AbortSignal): Promise<void> {
  const connection = await RelayConnection.open(options.pool, options.schema ?? 'public');
  const signal = AbortSignal.any([stopping, connection.lost]);
  try {
    const { id, shards } = await originOf(connection);
    const work = Array.from({ length: shards }, (_none, shard) =>
      serveShard(options, connection, signal, { id, shard }),
    );
    await untilStopped(Promise.all(work), stopping);
    connection.lost.throwIfAborted();
  } finally {
    connection.close();
  }
}

async function serveShard(
  options: RelayOptions,
  connection: RelayConnection,
  signal: AbortSignal,
  { id, shard }: { id: string; shard: number },
): Promise<void> {
  const outbox = `${id}/${shard}`;
  while (!(await isLocked(connection, outbox))) {
    await rest(jittered(options.retryMs ?? 1000, Math.random()), signal);
    if (signal.aborted) return;
  }
  options.log.info({ outbox }, 'the relay serves this shard');
  await new RelayShard({ options, connection, signal, outbox, shard }).run();
}

async function isLocked(connection: RelayConnection, outbox: string): Promise<boolean> {
  const [answer] = await connection.rows<{ locked: boolean }>(TRY_LOCK, [outbox]);
  return answer?.locked === true;
}

async function originOf(connection: RelayConnection): Promise<{ id: string; shards: number }> {
  const [origin] = await connection.rows<{ id: string; shards: number }>(ORIGIN, []);
  if (origin !== undefined) return origin;
  throw new AuditoriumError('outbox-missing', 'The outbox has no origin: run the outbox migration.');
}

/** Waits for the work; once asked to stop, not longer than {@link CLOSE_MS}. */
async function untilStopped(work: Promise<unknown>, stopping: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const late = new Promise<void>((resolve) => {
    const start = (): void =>
      void sleep(CLOSE_MS, undefined, { signal: ended.signal }).then(resolve, resolve);
    if (stopping.aborted) start();
    else stopping.addEventListener('abort', start, { once: true });
    ended.signal.addEventListener('abort', () => stopping.removeEventListener('abort', start), {
      once: true,
    });
  });
  try {
    await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}

import type { Producer } from '@auditorium/kafka';
import type { RelayPool } from './relay-connection.ts';
import type { RelayCrashPoint } from './relay-lane.ts';

/** The logger's shape: pino's, and what most others can be made to look like. */
export interface RelayLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** What a relay needs. */
export interface RelayOptions {
  /** A `pg` pool of the database with the outbox. One connection of it is kept; it must not go through a pooler that shares sessions between clients, because the lock lives in the session. */
  readonly pool: RelayPool;
  /** The schema of the outbox. Default: `public`. */
  readonly schema?: string;
  readonly producer: Producer;
  /** The raw topic. */
  readonly topic: string;
  /** How many partitions it has. */
  readonly partitions: number;
  readonly log: RelayLog;
  /** How long an empty outbox rests before the next look, in milliseconds. Default: 100. */
  readonly pollMs?: number;
  /** How long to wait before trying again for a lock, a database or, doubled each time up to 15 s, a send, less a random part. In milliseconds; default: 1,000. */
  readonly retryMs?: number;
  /** Called at each crash point. Default: nobody listens. */
  readonly reached?: (point: RelayCrashPoint) => void | Promise<void>;
}

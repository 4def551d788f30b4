import { topicsOf } from '@auditorium/events';
import { logOffsets } from '@auditorium/kafka';
import pg from 'pg';
import type { ProxiedSystem } from './proxied-system.ts';

/** How many records each stage has behind it, all partitions together. */
export interface Progress {
  readonly raw: number;
  /** Verdicts as messages, our own repeats included. */
  readonly enriched: number;
  readonly sealed: number;
  readonly projected: number;
  /** Events of connected orgs in the ledger, and of those the ones that are delivered. */
  readonly due: number;
  readonly delivered: number;
}

const PROGRESS = `
SELECT (SELECT coalesce(sum(raw_last + 1), 0) FROM delivery.partition)::float8 AS sealed,
       (SELECT coalesce(sum(raw_last + 1), 0) FROM query.checkpoint)::float8 AS projected,
       (SELECT coalesce(sum(h.sequence), 0) FROM delivery.org_head h JOIN delivery.destination_cursor c ON c.org = h.org)::float8 AS due,
       (SELECT coalesce(sum(cursor), 0) FROM delivery.destination_cursor)::float8 AS delivered`;

/** Looks past the proxies of the databases; Kafka only answers where it advertises itself. */
export class ProgressWatch {
  readonly #brokers: readonly string[];
  readonly #pool: pg.Pool;
  #ends = { raw: 0, enriched: 0 };

  constructor({ truth }: ProxiedSystem) {
    this.#brokers = truth.local.kafkaBrokers;
    this.#pool = new pg.Pool({ connectionString: truth.servers.databaseUrl, max: 2, query_timeout: 10_000 });
    this.#pool.on('error', () => undefined);
  }

  async look(): Promise<Progress> {
    const { raw, enriched } = topicsOf();
    this.#ends = { raw: await this.#end(raw), enriched: await this.#end(enriched) };
    const { rows } = await this.#pool.query<Omit<Progress, 'raw' | 'enriched'>>(PROGRESS);
    return { ...this.#ends, ...(rows[0] as Omit<Progress, 'raw' | 'enriched'>) };
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #end(topic: string): Promise<number> {
    return [...(await logOffsets(this.#brokers, topic)).values()].reduce((sum, { end }) => sum + end, 0);
  }
}

/** Everything that was sent is in the ledger, in the view and in the buckets. */
export const isThrough = ({ raw, sealed, projected, due, delivered }: Progress): boolean =>
  sealed === raw && projected === raw && delivered === due;

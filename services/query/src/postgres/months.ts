import { inTransaction } from '@auditorium/postgres';
import type pg from 'pg';
import type { Month } from '../domain/month.ts';

/**
 * Made beside the log and then attached: creating it in place would lock every reader and writer out of the log, attaching
 * does not. It is closed to everybody: rows are read and added through the log, where row-level security is.
 */
const createMonth = ({ name, from, to }: Month): string => `
CREATE TABLE query.event_${name} (LIKE query.event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE query.event_${name} ENABLE ROW LEVEL SECURITY;
ALTER TABLE query.event_${name} FORCE ROW LEVEL SECURITY;
ALTER TABLE query.event ATTACH PARTITION query.event_${name} FOR VALUES FROM ('${from}') TO ('${to}')`;

const EXISTING = `
SELECT c.relname AS name FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'query.event'::regclass`;

/** Two instances that meet the turn of a month make its partition once; the lock ends with the transaction, whatever happens. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('auditorium.query.months', 0))";

/** The monthly partitions of the log. */
export class Months {
  readonly #pool: pg.Pool;
  readonly #known = new Set<string>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Makes the months that are absent; costs nothing for those that are known to be there. */
  async ensure(months: readonly Month[]): Promise<void> {
    const unknown = months.filter(({ name }) => !this.#known.has(name));
    if (unknown.length === 0) return;
    await inTransaction(this.#pool, async (client) => {
      await client.query(LOCK);
      await this.#create(client, unknown);
    });
    for (const { name } of unknown) this.#known.add(name);
  }

  async #create(client: pg.PoolClient, months: readonly Month[]): Promise<void> {
    const { rows } = await client.query<{ name: string }>(EXISTING);
    const existing = new Set(rows.map(({ name }) => name));
    for (const month of months) {
      if (!existing.has(`event_${month.name}`)) await client.query(createMonth(month));
      existing.add(`event_${month.name}`);
    }
  }
}

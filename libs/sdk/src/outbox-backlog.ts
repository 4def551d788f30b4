import { inSchema } from './outbox-table.ts';
import type { OutboxPlace } from './outbox-table.ts';

/** What waits in an outbox. */
export interface OutboxBacklog {
  /** Events that Kafka has not acknowledged yet. */
  readonly events: number;
  /** When the oldest of them was recorded. */
  readonly oldest: Date | undefined;
}

const BACKLOG = `SELECT count(*)::integer AS events, min(recorded_at) AS oldest FROM {schema}.audit_outbox`;

/** Counts what waits, for a gauge: a count that only grows, or an oldest event of minutes ago, means that nothing is sent. */
export async function outboxBacklog(
  database: { query(sql: string): Promise<{ rows: { events: number; oldest: Date | null }[] }> },
  { schema }: OutboxPlace = {},
): Promise<OutboxBacklog> {
  const { rows } = await database.query(inSchema(BACKLOG, schema));
  return { events: rows[0]?.events ?? 0, oldest: rows[0]?.oldest ?? undefined };
}

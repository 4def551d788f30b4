import { AuditoriumError } from '@auditorium/events';

/**
 * The outbox in the product's own database.
 *
 *   audit_outbox         one row for each event that Kafka has not acknowledged yet; `sequence` is null until the relay took it
 *   audit_outbox_shard   the last number given out in each shard of orgs
 *   audit_outbox_origin  one row: the identity of this database, and how many shards it has
 *
 * The number of shards lives here and nowhere else: were it a setting, two instances with different values would give one
 * org to two relays and lose its order. To change it, stop the writers, let the outbox drain, update the row.
 *
 * `id` comes from a sequence without a cache, so of two transactions one after the other the later has the greater id.
 */
const TABLES = `
CREATE TABLE {schema}.audit_outbox_origin (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  shards integer NOT NULL CHECK (shards BETWEEN 1 AND 64)
);
INSERT INTO {schema}.audit_outbox_origin (shards) VALUES ({shards});
CREATE TABLE {schema}.audit_outbox_shard (
  shard integer PRIMARY KEY,
  sequence bigint NOT NULL
);
INSERT INTO {schema}.audit_outbox_shard (shard, sequence) SELECT n, 0 FROM generate_series(0, 63) n;
CREATE TABLE {schema}.audit_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shard integer NOT NULL,
  org_hash integer NOT NULL,
  org text NOT NULL,
  event bytea NOT NULL,
  sequence bigint,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_outbox_unnumbered ON {schema}.audit_outbox (shard, id) WHERE sequence IS NULL;
CREATE INDEX audit_outbox_numbered ON {schema}.audit_outbox (shard, sequence) WHERE sequence IS NOT NULL;
`;

const DROP = `
DROP TABLE {schema}.audit_outbox;
DROP TABLE {schema}.audit_outbox_shard;
DROP TABLE {schema}.audit_outbox_origin;
`;

/** Where the outbox lies. */
export interface OutboxPlace {
  /** The PostgreSQL schema of its tables. Default: `public`. */
  readonly schema?: string;
}

/** How an outbox is made. */
export interface OutboxOptions extends OutboxPlace {
  /** How many relays can work side by side, 1 to 64. One is good for about 10,000 events a second. Default: 4. */
  readonly shards?: number;
}

/** The statements that make the outbox, for those who write their migrations in SQL. */
export function outboxTableSql({ schema, shards = 4 }: OutboxOptions = {}): string {
  if (!Number.isInteger(shards) || shards < 1 || shards > 64) {
    throw new AuditoriumError(
      'settings-invalid',
      `shards must be a whole number from 1 to 64, not ${shards}`,
    );
  }
  return inSchema(TABLES, schema).replaceAll('{shards}', String(shards));
}

/** The statements that remove it. Events that were not sent yet go with it. */
export function dropOutboxTableSql({ schema }: OutboxPlace = {}): string {
  return inSchema(DROP, schema);
}

/** Puts the schema's name into a statement, as an identifier. */
export function inSchema(sql: string, schema = 'public'): string {
  return sql.replaceAll('{schema}', `"${schema.replaceAll('"', '""')}"`);
}

interface QueryRunnerLike {
  query(sql: string): Promise<unknown>;
}

/** A TypeORM migration, by its shape. */
export interface OutboxMigration {
  readonly name: string;
  up(runner: QueryRunnerLike): Promise<void>;
  down(runner: QueryRunnerLike): Promise<void>;
}

/**
 * A TypeORM migration class that makes the outbox.
 *
 * @param timestamp orders it among the product's other migrations (milliseconds, 13 digits). Never change it afterwards.
 */
export function outboxMigration(
  options: OutboxOptions = {},
  timestamp = 1_700_000_000_000,
): new () => OutboxMigration {
  return class AuditOutbox implements OutboxMigration {
    readonly name = `AuditOutbox${timestamp}`;

    async up(runner: QueryRunnerLike): Promise<void> {
      await runner.query(outboxTableSql(options));
    }

    async down(runner: QueryRunnerLike): Promise<void> {
      await runner.query(dropOutboxTableSql(options));
    }
  };
}

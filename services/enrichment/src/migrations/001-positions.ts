import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** Where enrichment resumes. Not needed to be right, only to be quick: the truth is the enriched topic. */
export class Positions1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(POSITION);
    await runner.query(OUTBOX_MARK);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox_mark, position');
  }
}

/**
 * Everything in enriched before `enriched_next` accounts for raw up to `raw_last`. `enriched_end` is how far enriched had
 * been acknowledged to whoever saved last; `memory` the memory for repeats where a replay would not rebuild it.
 */
const POSITION = `
CREATE TABLE position (
  partition     integer PRIMARY KEY,
  enriched_next bigint NOT NULL,
  raw_last      bigint NOT NULL,
  raw_digest    text,
  enriched_end  bigint NOT NULL CHECK (enriched_end >= enriched_next),
  memory        bytea,
  saved_at      timestamptz NOT NULL DEFAULT now()
)`;

/** The highest sequence of each outbox that had a verdict in this partition. Only rises. */
const OUTBOX_MARK = `
CREATE TABLE outbox_mark (
  partition integer NOT NULL,
  outbox    text NOT NULL,
  sequence  bigint NOT NULL,
  PRIMARY KEY (partition, outbox)
)`;

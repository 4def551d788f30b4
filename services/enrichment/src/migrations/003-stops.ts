import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** What operators see of partitions that stand still, and what they decide about them. */
export class Stops1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [STOP, ACCEPTED_LOSS, REFILL]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE refill, accepted_loss, stop');
  }
}

/**
 * A partition that stands still until somebody acts, written by the instance that has it and taken away when it goes on.
 * `lost_*` is set for `raw-loss`: the raw offsets that are gone, `absent` when the log goes around them instead of beginning
 * behind them. `told_at` is when it stopped last; `since` when it did for the first time over the same.
 */
const STOP = `
CREATE TABLE stop (
  partition integer PRIMARY KEY,
  code      text NOT NULL,
  detail    text NOT NULL,
  lost_from bigint,
  lost_to   bigint,
  absent    boolean NOT NULL DEFAULT false,
  since     timestamptz NOT NULL DEFAULT now(),
  told_at   timestamptz NOT NULL DEFAULT now()
)`;

/** Raw offsets that are accepted as lost: who, when and why. Verdicts depend on these rows, so none is ever changed. */
const ACCEPTED_LOSS = `
CREATE TABLE accepted_loss (
  topic       text NOT NULL,
  partition   integer NOT NULL,
  raw_from    bigint NOT NULL,
  raw_to      bigint NOT NULL CHECK (raw_to >= raw_from),
  reason      text NOT NULL,
  accepted_by text NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition, raw_from)
)`;

/**
 * A wish that a partition resumes. With \`raw_from\` its position is rebuilt from enriched, so that verdicts are given again
 * from that raw offset on where enriched lacks them. \`remembered_from\`: from which raw offset on repeats are recognised.
 */
const REFILL = `
CREATE TABLE refill (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  partition       integer NOT NULL,
  raw_from        bigint,
  asked_by        text NOT NULL,
  asked_at        timestamptz NOT NULL DEFAULT now(),
  done_at         timestamptz,
  remembered_from bigint
);
CREATE UNIQUE INDEX refill_waiting ON refill (partition) WHERE done_at IS NULL;`;

import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** The sealer's tables: positions, segments, heads. One writer for each partition: whoever holds its highest epoch. */
export class Segments1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PARTITION);
    await runner.query(SEGMENT);
    await runner.query(ORG_HEAD);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE org_head, segment, partition');
  }
}

/**
 * How far the ledger goes in each partition. `raw_last` is the last raw offset accounted for, `enriched_next` where to
 * read on; the four counts account for every raw offset up to it, and the CHECK keeps that true. `skipped` counts our
 * own repeats of verdicts. `gap_*` is set while enriched lacks a verdict.
 */
const PARTITION = `
CREATE TABLE partition (
  partition     integer PRIMARY KEY,
  epoch         bigint NOT NULL DEFAULT 0,
  enriched_next bigint NOT NULL DEFAULT 0,
  raw_last      bigint NOT NULL DEFAULT -1,
  accepted      bigint NOT NULL DEFAULT 0,
  rejected      bigint NOT NULL DEFAULT 0,
  repeats       bigint NOT NULL DEFAULT 0,
  holes         bigint NOT NULL DEFAULT 0,
  skipped       bigint NOT NULL DEFAULT 0,
  gap_from      bigint,
  gap_to        bigint,
  gap_since     timestamptz,
  opened_at     timestamptz NOT NULL DEFAULT now(),
  moved_at      timestamptz,
  CHECK (accepted + rejected + repeats + holes = raw_last + 1)
)`;

/**
 * One row for each segment object. A row is `writing` before the first byte is sent; `sealed` segments are the ledger;
 * only the object of an `abandoned` one may be deleted. Within a partition, `id` rises in the order of raw offsets.
 */
const SEGMENT = `
CREATE TABLE segment (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key           text NOT NULL UNIQUE,
  partition     integer NOT NULL REFERENCES partition,
  epoch         bigint NOT NULL,
  state         text NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'sealed', 'abandoned')),
  raw_from      bigint NOT NULL,
  raw_last      bigint NOT NULL,
  enriched_from bigint NOT NULL,
  enriched_next bigint NOT NULL,
  accepted      integer NOT NULL,
  rejected      integer NOT NULL,
  repeats       integer NOT NULL,
  holes         integer NOT NULL,
  orgs          integer NOT NULL,
  bytes         bigint NOT NULL,
  size          bigint NOT NULL,
  digest        text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  sealed_at     timestamptz,
  abandoned_at  timestamptz,
  looks         smallint NOT NULL DEFAULT 0,
  CHECK (accepted + rejected + repeats + holes = raw_last - raw_from + 1)
);
CREATE UNIQUE INDEX segment_sealed_raw ON segment (partition, raw_last) INCLUDE (accepted, rejected) WHERE state = 'sealed';
CREATE INDEX segment_writing ON segment (partition) WHERE state = 'writing';
CREATE INDEX segment_abandoned ON segment (abandoned_at) WHERE state = 'abandoned' AND looks < 2;`;

/**
 * How far each org's ledger goes. The org's newest run holds the sequences `first`…`sequence` in segment `segment`;
 * an org's first event has sequence 1, so `sequence` is also the number of its events. Updated in place at every
 * sealing: no other index, and room on the page, so that an update never touches an index.
 */
const ORG_HEAD = `
CREATE TABLE org_head (
  org       text PRIMARY KEY,
  partition integer NOT NULL,
  first     bigint NOT NULL,
  sequence  bigint NOT NULL,
  segment   bigint NOT NULL,
  moved_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 60)`;

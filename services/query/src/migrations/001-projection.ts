import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** The role under which the log is read: owns nothing, may only select, and row-level security binds it. */
export const READER_ROLE = 'auditorium_query_reader';

/** The projection of the enriched topic, with the row-level security that alone keeps orgs apart. */
export class Projection1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [READER, CHECKPOINT, EVENT, ...SECURITY, QUARANTINE])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE quarantine, event, checkpoint');
  }
}

/**
 * Roles belong to the whole server: an administrator may have made and granted it, where our login may do neither, and
 * another database may be making it at this moment. Whether it works in the end is looked at when the service starts.
 */
const READER = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${READER_ROLE}') THEN
    BEGIN
      CREATE ROLE ${READER_ROLE} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF NOT pg_has_role(current_user, '${READER_ROLE}', 'MEMBER') THEN
    BEGIN
      EXECUTE format('GRANT ${READER_ROLE} TO %I', current_user);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END IF;
END $$`;

/**
 * How far the projection goes in each partition. The four counts account for every raw offset up to \`raw_last\`, which the
 * CHECK keeps true; \`skipped\` counts repeats of a verdict. \`gap_*\` is set while enriched lacks a verdict.
 */
const CHECKPOINT = `
CREATE TABLE checkpoint (
  partition     integer PRIMARY KEY,
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
  moved_at      timestamptz,
  CHECK (accepted + rejected + repeats + holes = raw_last + 1)
)`;

/**
 * One row for each accepted event. \`line\` is the ledger's line, byte for byte; the other columns are a cleaned copy to
 * search by. An org lies in one partition, so the primary key allows one row for each (partition, raw offset). Text that
 * is compared has collation C: only then does an index serve prefixes under row-level security.
 */
const EVENT = `
CREATE TABLE event (
  org          text COLLATE "C" NOT NULL,
  partition    integer NOT NULL,
  raw_offset   bigint NOT NULL,
  acceptedtime timestamptz NOT NULL,
  time         timestamptz NOT NULL,
  id           text COLLATE "C" NOT NULL,
  source       text COLLATE "C" NOT NULL,
  type         text COLLATE "C" NOT NULL,
  actor_type   text COLLATE "C" NOT NULL,
  actor_id     text COLLATE "C" NOT NULL,
  outcome      text COLLATE "C" NOT NULL,
  targets      text[] NOT NULL,
  search       text NOT NULL,
  line         text NOT NULL,
  PRIMARY KEY (org, partition, raw_offset, acceptedtime)
) PARTITION BY RANGE (acceptedtime);
CREATE INDEX event_time ON event (org, time, raw_offset);
CREATE INDEX event_type ON event (org, type, time, raw_offset);
CREATE INDEX event_actor ON event (org, actor_id, time, raw_offset)`;

/**
 * Forced, so that it binds the owner too: even the service's own login reads no row without saying whose. It may only
 * add rows of any org, which is the projector's work.
 */
const SECURITY = [
  'ALTER TABLE event ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE event FORCE ROW LEVEL SECURITY',
  `CREATE POLICY own_org ON event FOR SELECT USING (org = current_setting('auditorium.org', true))`,
  'CREATE POLICY projector ON event FOR INSERT WITH CHECK (true)',
  `GRANT USAGE ON SCHEMA query TO ${READER_ROLE}`,
  `GRANT SELECT ON event TO ${READER_ROLE}`,
];

/** Rejected events, for operators. \`org\` is what the key claims and may be forged. */
const QUARANTINE = `
CREATE TABLE quarantine (
  partition      integer NOT NULL,
  raw_offset     bigint NOT NULL,
  code           text NOT NULL,
  org            text COLLATE "C",
  key            bytea,
  value          bytea,
  length         bigint NOT NULL,
  digest         text NOT NULL,
  id             text,
  source         text,
  type           text,
  outbox         text,
  sequence       bigint,
  rejected_at    timestamptz NOT NULL,
  state          text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'resubmitting', 'resubmitted')),
  resubmitted_at timestamptz,
  resubmitted_by text,
  resubmitted_to text,
  PRIMARY KEY (partition, raw_offset)
);
CREATE INDEX quarantine_recent ON quarantine (rejected_at, partition, raw_offset)`;

import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** The courier's tables. One writer for each partition: whoever holds its lease in the highest epoch. */
export class Destinations1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [NEXT_TIMER, LEASES, DESTINATION, CURSOR, WINDOW, PLAN, ATTEMPT, RECEIPT]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE receipt, attempt, object_plan, delivery_window, destination_cursor');
    await runner.query('DROP TABLE destination_event, destination, courier_lease, courier');
    await runner.query('DROP FUNCTION next_timer');
  }
}

/**
 * The next firing of a destination's timer: every `interval_s` seconds of the database's clock, at a place in the
 * interval that its id gives, so that destinations with the same interval do not fire together.
 */
const NEXT_TIMER = `
CREATE FUNCTION next_timer(id uuid, interval_s integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT to_timestamp(floor((seconds - phase) / interval_s) * interval_s + interval_s + phase)
  FROM (SELECT extract(epoch FROM clock_timestamp()) AS seconds,
               (('x' || substr(md5(id::text), 1, 8))::bit(32)::bigint % (interval_s * 1000::bigint)) / 1000.0 AS phase) t
$$`;

/**
 * Who delivers a partition. Taking a lease raises its epoch; whatever the one before still writes is refused. A renewal
 * leaves the epoch. `last_copy` is the newest copy of plans in the ledger bucket that this database knows.
 */
const LEASES = `
CREATE TABLE courier (id text PRIMARY KEY, seen_at timestamptz NOT NULL);
CREATE TABLE courier_lease (
  partition  integer PRIMARY KEY,
  epoch      bigint NOT NULL DEFAULT 0,
  holder     text,
  expires_at timestamptz NOT NULL DEFAULT '-infinity',
  last_copy  text NOT NULL DEFAULT ''
)`;

/**
 * Everything that ever happened to a destination, and what follows from it. `state` is the fold of the events up to
 * `version`, written in the transaction of the last one; the columns beside it repeat what SQL must search by. There is
 * no column for static keys, and none may ever be added.
 */
const DESTINATION = `
CREATE TABLE destination_event (
  destination uuid NOT NULL,
  version     integer NOT NULL CHECK (version > 0),
  type        text NOT NULL,
  data        jsonb NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  by          text,
  PRIMARY KEY (destination, version)
);
CREATE TABLE destination (
  id          uuid PRIMARY KEY,
  org         text NOT NULL,
  partition   integer NOT NULL,
  version     integer NOT NULL,
  status      text NOT NULL CHECK (status IN ('pending', 'healthy', 'failing', 'conflict', 'paused', 'disabled', 'deleted')),
  bucket      text NOT NULL,
  prefix      text NOT NULL,
  external_id text NOT NULL UNIQUE,
  state       jsonb NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX destination_org ON destination (org, created_at);
CREATE INDEX destination_bucket ON destination (bucket) WHERE status <> 'deleted'`;

/**
 * How far a destination has got, apart from its history because it changes with each window. `cursor` is the sequence of
 * the last event that it is done with. `slow`: failing or far behind, hence not among those that must be on time.
 */
const CURSOR = `
CREATE TABLE destination_cursor (
  destination     uuid PRIMARY KEY REFERENCES destination,
  org             text NOT NULL,
  partition       integer NOT NULL,
  active          boolean NOT NULL DEFAULT true,
  slow            boolean NOT NULL DEFAULT false,
  interval_s      integer NOT NULL CHECK (interval_s > 0),
  start           bigint NOT NULL,
  cursor          bigint NOT NULL,
  expired         bigint NOT NULL DEFAULT 0,
  next_at         timestamptz NOT NULL,
  failures        integer NOT NULL DEFAULT 0,
  last_failure    jsonb,
  last_success_at timestamptz,
  windows         bigint NOT NULL DEFAULT 0,
  objects         bigint NOT NULL DEFAULT 0,
  CHECK (start <= cursor)
) WITH (fillfactor = 70);
CREATE INDEX destination_due ON destination_cursor (partition, next_at) WHERE active`;

/**
 * A destination has at most one window that is not delivered. Both ends are inclusive. `shape` is what of the settings
 * decides keys and lines: a change of those takes effect with the next window.
 */
const WINDOW = `
CREATE TABLE delivery_window (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  destination      uuid NOT NULL REFERENCES destination,
  first            bigint NOT NULL,
  last             bigint NOT NULL,
  settings_version integer NOT NULL,
  shape            jsonb NOT NULL,
  state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'planned', 'delivered')),
  opened_at        timestamptz NOT NULL DEFAULT now(),
  planned_at       timestamptz,
  delivered_at     timestamptz,
  UNIQUE (destination, first),
  CHECK (last >= first)
);
CREATE UNIQUE INDEX delivery_window_under_way ON delivery_window (destination) WHERE state <> 'delivered'`;

/**
 * What an object will be, before its first byte is sent. `digest` is that of the ledger's lines: compressed bytes change
 * with a library, and a name with an erasure. `copied_in`: the copy of this plan in the ledger bucket.
 */
const PLAN = `
CREATE TABLE object_plan (
  id             uuid PRIMARY KEY,
  window_id      bigint NOT NULL REFERENCES delivery_window,
  destination    uuid NOT NULL REFERENCES destination,
  first          bigint NOT NULL,
  last           bigint NOT NULL,
  part           text NOT NULL,
  layout         text NOT NULL,
  layout_version integer NOT NULL,
  filter         jsonb,
  key            text NOT NULL,
  events         integer NOT NULL,
  filtered       integer NOT NULL DEFAULT 0,
  quarantined    integer NOT NULL DEFAULT 0,
  bytes          bigint NOT NULL,
  digest         text NOT NULL,
  planned_at     timestamptz NOT NULL,
  copied_in      text,
  UNIQUE (destination, first, part),
  UNIQUE (destination, key),
  CHECK (last >= first)
);
CREATE INDEX object_plan_window ON object_plan (window_id)`;

/**
 * One try. The row is there before the first byte, with `may_have_written` true; it becomes false only where the
 * provider has said for certain that it wrote nothing.
 */
const ATTEMPT = `
CREATE TABLE attempt (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plan             uuid NOT NULL REFERENCES object_plan ON DELETE CASCADE,
  number           integer NOT NULL,
  epoch            bigint NOT NULL,
  started_at       timestamptz NOT NULL DEFAULT now(),
  ended_at         timestamptz,
  outcome          text CHECK (outcome IN ('written', 'found', 'conflict', 'failed', 'restored')),
  may_have_written boolean NOT NULL DEFAULT true,
  code             text,
  provider_code    text,
  request_id       text,
  UNIQUE (plan, number)
)`;

/** Proof of a finished object; `events` is what was counted while it was written. */
const RECEIPT = `
CREATE TABLE receipt (
  plan        uuid PRIMARY KEY REFERENCES object_plan,
  destination uuid NOT NULL REFERENCES destination,
  attempt     bigint NOT NULL REFERENCES attempt,
  found       boolean NOT NULL,
  etag        text,
  request_id  text,
  events      integer NOT NULL,
  bytes       bigint NOT NULL,
  at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX receipt_destination ON receipt (destination)`;

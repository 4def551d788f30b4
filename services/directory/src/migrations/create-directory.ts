import type { Migration, MigrationRunner } from '@auditorium/postgres';

/**
 *   stream_event    what happened to each organisation, in order; (stream, version) unique is the optimistic concurrency
 *   organisation, member    projections of the streams, written in the same transaction
 *   handle          every id and every slug, so that no slug is another organisation's id
 *   actor           one row for each actor: what is locked before a new version is made
 *   actor_version   the only place of personal data, so that erasing is one statement
 *   unpublished     which records of the compacted topics are newer than what Kafka has
 */
const UP = `
CREATE TABLE directory.stream_event (
  stream text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  change uuid NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  actor text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, version)
);
CREATE TABLE directory.organisation (
  org text PRIMARY KEY,
  slug text NOT NULL,
  name text NOT NULL,
  plan text NOT NULL,
  version integer NOT NULL
);
CREATE TABLE directory.handle (
  handle text PRIMARY KEY,
  org text NOT NULL
);
CREATE TABLE directory.member (
  org text NOT NULL REFERENCES directory.organisation,
  user_id text COLLATE "C" NOT NULL,
  admin boolean NOT NULL,
  groups text[] NOT NULL,
  roles text[] NOT NULL,
  permissions text[] NOT NULL,
  PRIMARY KEY (org, user_id)
);
CREATE INDEX member_by_user ON directory.member (user_id);
CREATE TABLE directory.actor (
  org text NOT NULL REFERENCES directory.organisation,
  type text NOT NULL,
  id text NOT NULL,
  version integer NOT NULL DEFAULT 0,
  reported_roles text[] NOT NULL DEFAULT '{}',
  member_roles text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (org, type, id)
);
CREATE TABLE directory.actor_version (
  org text NOT NULL,
  type text NOT NULL,
  id text NOT NULL,
  version integer NOT NULL,
  name text,
  email text,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  erased_at timestamptz,
  PRIMARY KEY (org, type, id, version),
  FOREIGN KEY (org, type, id) REFERENCES directory.actor
);
CREATE SEQUENCE directory.unpublished_mark;
CREATE TABLE directory.unpublished (
  topic text NOT NULL CHECK (topic IN ('orgs', 'access', 'actors')),
  key text NOT NULL,
  org text NOT NULL,
  mark bigint NOT NULL DEFAULT nextval('directory.unpublished_mark'),
  due_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, key)
);
CREATE INDEX unpublished_by_mark ON directory.unpublished (mark);
`;

const DOWN = `
DROP TABLE directory.unpublished;
DROP SEQUENCE directory.unpublished_mark;
DROP TABLE directory.actor_version;
DROP TABLE directory.actor;
DROP TABLE directory.member;
DROP TABLE directory.handle;
DROP TABLE directory.organisation;
DROP TABLE directory.stream_event;
`;

export class CreateDirectory1763683200000 implements Migration {
  async up(runner: MigrationRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: MigrationRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = `
CREATE TABLE project (id text PRIMARY KEY, org text NOT NULL, name text NOT NULL, region text NOT NULL, UNIQUE (org, name));
CREATE TABLE integration (
  id text PRIMARY KEY,
  org text NOT NULL,
  project_id text NOT NULL REFERENCES project ON DELETE CASCADE,
  name text NOT NULL,
  version text NOT NULL,
  endpoint text NOT NULL,
  access_mode text NOT NULL,
  auto_deploy boolean NOT NULL,
  environments text[] NOT NULL
);
CREATE TABLE member (
  org text NOT NULL,
  user_id text NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  role text NOT NULL,
  PRIMARY KEY (org, user_id)
);
CREATE TABLE on_premises_key (id text PRIMARY KEY, org text NOT NULL, name text NOT NULL, ending text NOT NULL);`;

/** The product's own tables. */
export class Product1763683200000 implements MigrationInterface {
  readonly name = 'Product1763683200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE on_premises_key, member, integration, project');
  }
}

import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** Why a partition is projected no further, and from where on what is in the quarantine as lost was lost. */
export class Stops1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE checkpoint ADD stopped_code text, ADD stopped_detail text, ADD stopped_at timestamptz',
    );
    await runner.query('ALTER TABLE quarantine ADD raw_from bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE quarantine DROP raw_from');
    await runner.query('ALTER TABLE checkpoint DROP stopped_code, DROP stopped_detail, DROP stopped_at');
  }
}

import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/** Why a partition is sealed no further; taken away when it is opened again. */
export class Stopped1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE partition ADD stopped_code text, ADD stopped_detail text, ADD stopped_at timestamptz',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE partition DROP stopped_code, DROP stopped_detail, DROP stopped_at');
  }
}

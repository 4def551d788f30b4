import type { MigrationInterface, QueryRunner } from '@auditorium/postgres';

/**
 * How far raw had been read behind `raw_last`: only holes lie between. Without it a partition whose last records are the
 * end of a transaction, once raw has expired them, would look as if events had been lost. Null where it is `raw_last + 1`.
 */
export class RawNext1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE position ADD COLUMN raw_next bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE position DROP COLUMN raw_next');
  }
}

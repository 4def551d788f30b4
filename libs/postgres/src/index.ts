export { advisoryUnlock, endWhenSilent, tryAdvisoryLock, withAdvisoryLock } from './advisory-lock.ts';
export { createPool, type PoolOptions } from './create-pool.ts';
export { inTransaction } from './in-transaction.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export { takeClient } from './take-client.ts';
export type { MigrationInterface, QueryRunner } from 'typeorm';
export type { Migration, MigrationRunner } from './migrate.ts';

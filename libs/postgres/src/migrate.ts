import 'reflect-metadata';
import { AuditoriumError } from '@auditorium/events';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Logger, MigrationInterface } from 'typeorm';
import { withAdvisoryLock } from './advisory-lock.ts';

/** A server that takes connections and says nothing must not hold a start for ever; nobody would start it again. */
const CONNECT_TIMEOUT_MS = 10_000;

/** TypeORM would write plain text among our JSON lines; the error that is thrown says all of it. */
const quiet = () => undefined;
const SILENT: Logger = {
  log: quiet,
  logMigration: quiet,
  logQuery: quiet,
  logQueryError: quiet,
  logQuerySlow: quiet,
  logSchemaBuild: quiet,
};

/** A migration, and what runs its statements: TypeORM's shapes, so that services need not know TypeORM. */
export type { MigrationInterface as Migration, QueryRunner as MigrationRunner } from 'typeorm';

export interface MigrateOptions {
  /** A connection whose role may create the schema and its tables; need not be the role that the service runs as. */
  readonly url: string;
  /** The service's own schema; made when absent. Unqualified names in migrations mean this schema. */
  readonly schema: string;
  /** TypeORM migrations, their class names ending in a 13-digit time that orders them. */
  readonly migrations: readonly (new () => MigrationInterface)[];
}

/**
 * Brings the schema up to date, each migration in a transaction of its own. Two instances that start at once wait for
 * each other on an advisory lock; a migration that died half-way left nothing and runs again.
 * @throws AuditoriumError `migration-failed` with the cause; what ran before it stays.
 */
export async function migrate({ url, schema, migrations }: MigrateOptions): Promise<void> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new AuditoriumError('migration-failed', `"${schema}" cannot be the name of a schema`);
  }
  const client = new pg.Client({
    connectionString: url,
    application_name: `${schema} migrations`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await withAdvisoryLock(client, `auditorium.migrate.${schema}`, async () => {
      await createSchema(client, schema);
      await runMigrations(url, schema, migrations);
    });
  } catch (cause) {
    throw new AuditoriumError('migration-failed', `schema ${schema} could not be brought up to date`, {
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Asks first: CREATE SCHEMA IF NOT EXISTS needs the right to create even where there is nothing to do. */
async function createSchema(client: pg.Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${schema}`);
}

async function runMigrations(
  url: string,
  schema: string,
  migrations: MigrateOptions['migrations'],
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema,
    applicationName: `${schema} migrations`,
    extra: { options: `-c search_path=${schema}`, connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
    migrations: [...migrations],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    logger: SILENT,
  });
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}

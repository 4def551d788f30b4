import { outboxMigration } from '@auditorium/sdk';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Integration, Member, OnPremisesKey, Project } from './entities.ts';
import { Product1763683200000 } from './migrations/001-product.ts';
import type { DemoSettings } from './settings.ts';

/** The outbox lies beside the product's tables, in the same database: only so can it be written in the same transaction. */
const OUTBOX_MIGRATION = outboxMigration({ shards: 2 }, 1_763_683_200_001);
const DUPLICATE_DATABASE = '42P04';

/** Where the product's own database is. */
export function databaseUrl(settings: DemoSettings): string {
  if (settings.AUDITORIUM_DEMO_DATABASE_URL !== undefined) return settings.AUDITORIUM_DEMO_DATABASE_URL;
  const url = new URL(settings.AUDITORIUM_DATABASE_URL);
  url.pathname = '/demo_product';
  return url.href;
}

/** Opens the database, made if it is absent, with its tables brought up to date. */
export async function openDatabase(url: string): Promise<DataSource> {
  await createIfAbsent(url);
  const source = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'demo-product',
    entities: [Project, Integration, Member, OnPremisesKey],
    migrations: [Product1763683200000, OUTBOX_MIGRATION],
  });
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  return source;
}

async function createIfAbsent(url: string): Promise<void> {
  const admin = new URL(url);
  const name = decodeURIComponent(admin.pathname.slice(1));
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

import { createPool } from '@auditorium/postgres';
import { uniqueName, useServers } from '@auditorium/testing';
import pg from 'pg';
import type { Ledger } from './sealer-harness.ts';

/** A copy of a database as it is now, as a backup would bring it back: its address. Connections to it are cut. */
export async function copyDatabase(databaseUrl: string): Promise<string> {
  const name = `restored_${uniqueName()}`;
  const client = new pg.Client({ connectionString: (await useServers()).databaseUrl });
  await client.connect();
  const original = new URL(databaseUrl).pathname.slice(1);
  const cut = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1';
  // Whoever works on it comes back at once: until the copy has begun nobody is let in.
  await client.query(`ALTER DATABASE ${original} ALLOW_CONNECTIONS false`);
  for (let attempt = 1; ; attempt += 1) {
    await client.query(cut, [original]);
    const made = await client.query(`CREATE DATABASE ${name} TEMPLATE ${original}`).then(
      () => true,
      () => attempt === 50,
    );
    if (made) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await client.query(`ALTER DATABASE ${original} ALLOW_CONNECTIONS true`);
  await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await client.end();
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** The same ledger over such a copy. */
export async function backUp(of: Ledger): Promise<Ledger> {
  const databaseUrl = await copyDatabase(of.databaseUrl);
  const pool = createPool({ url: databaseUrl, applicationName: 'test' });
  return { ...of, databaseUrl, pool, close: () => pool.end() };
}

import { randomBytes } from 'node:crypto';
import { joinTestPool, type TestServers } from '@auditorium/local';
import pg from 'pg';

let servers: Promise<TestServers> | undefined;

/**
 * The servers of this test run: those of `npm test`, else those that another test left alive, else started now and
 * left for the next.
 */
export function useServers(): Promise<TestServers> {
  const given = process.env['AUDITORIUM_TEST_SERVERS'];
  servers ??= given ? Promise.resolve(JSON.parse(given) as TestServers) : joinTestPool();
  return servers;
}

/** A name that no other test has. */
export const uniqueName = (): string => randomBytes(6).toString('hex');

/** Goes in front of every topic (and group) name of a test, so that tests share a broker and never meet. */
export const topicPrefix = (): string => `t${uniqueName()}.`;

/** @returns the URL of a new, empty database, for the superuser. */
export async function createDatabase(): Promise<string> {
  const { databaseUrl } = await useServers();
  const name = `t_${uniqueName()}`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

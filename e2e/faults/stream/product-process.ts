/**
 * A product that is audited with the SDK, to be killed at any moment: `product-process.ts <settings as JSON>`. It writes
 * events in its own transactions and relays them. What it has committed stands in its own table `sent`, by the same
 * transaction; what it could tell a caller, after the commit, in a file besides.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PARTITIONS, topicsOf } from '@auditorium/events';
import { createProducer } from '@auditorium/kafka';
import { createAudit, createRelay, defineAuditEvent, outboxTableSql } from '@auditorium/sdk';
import { crashPoints } from '@auditorium/telemetry';
import pg from 'pg';
import { z } from 'zod';
import { HOT_ORG, SMALL } from './orgs.ts';

interface Settings {
  readonly name: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly brokers: string[];
  readonly acknowledged: string;
  /** Nothing more is recorded once this file is there. */
  readonly stopFile: string;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
/** Transactions under way at once, so that they commit in another order than they began. */
const WRITERS = 4;
const PAUSE_MS = 250;
const HOT_SHARE = 0.4;

const audit = createAudit({
  source: 'faults/product',
  catalogue: [
    defineAuditEvent({
      action: 'project.renamed',
      version: 1,
      targets: ['project'],
      metadata: z.object({ writer: z.string(), padding: z.string() }),
      summary: '{actor} renamed {target}',
    }),
  ],
});
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: WRITERS + 2 });
// PostgreSQL is killed on purpose.
pool.on('error', () => undefined);
const producer = createProducer({ brokers: settings.brokers, clientId: settings.name });
const log = {
  info: (facts: object, message: string) => print({ ...facts, message }),
  warn: (facts: object & { err?: unknown }, message: string) =>
    print({ ...facts, err: String(facts.err), message }),
};

await migrate();
createRelay({
  pool,
  producer,
  topic: topicsOf().raw,
  partitions: DEFAULT_PARTITIONS,
  log,
  reached: crashPoints(),
}).start();
createServer((_request, response) => response.end('ready')).listen(settings.port, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
await Promise.all(Array.from({ length: WRITERS }, (_none, writer) => write(`${settings.name}/${writer}`)));

async function write(writer: string): Promise<void> {
  while (!existsSync(settings.stopFile)) {
    await recordSome(writer).catch((error: unknown) =>
      print({ writer, err: String(error), message: 'not committed, or nobody knows' }),
    );
    await sleep(PAUSE_MS * (0.5 + Math.random()));
  }
}

/** One transaction with one to three events, of which one in twenty is rolled back. */
async function recordSome(writer: string): Promise<void> {
  const client = await pool.connect();
  // A connection that breaks while nobody waits for it tells the client, not a query.
  client.on('error', () => undefined);
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const count = 1 + Math.floor(Math.random() * 3);
    const recorded: string[] = [];
    for (let event = 0; event < count; event += 1) recorded.push(await recordOne(client, writer));
    if (Math.random() < 0.05) return void (await client.query('ROLLBACK'));
    await sleep(Math.random() * 30);
    await client.query('COMMIT');
    appendFileSync(settings.acknowledged, recorded.map((line) => `${line}\n`).join(''));
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Records one event and notes it, both in the caller's transaction. The digest is of the bytes in the outbox. */
async function recordOne(client: pg.PoolClient, writer: string): Promise<string> {
  const org = Math.random() < HOT_SHARE ? HOT_ORG : SMALL[Math.floor(Math.random() * SMALL.length)]!;
  const { id } = await audit.record(client, {
    action: 'project.renamed',
    org,
    actor: { type: 'user', id: `u_${Math.floor(Math.random() * 50)}` },
    targets: [{ type: 'project', id: `p_${Math.floor(Math.random() * 1000)}` }],
    metadata: { writer, padding: 'é'.repeat(Math.floor(Math.random() * 200)) },
  });
  const { rows } = await client.query<{ digest: string }>(
    `INSERT INTO sent (id, org, digest)
     SELECT $1, org, encode(sha256(event), 'hex') FROM audit_outbox WHERE id = lastval() RETURNING digest`,
    [id],
  );
  return JSON.stringify({ id, org, digest: rows[0]!.digest });
}

/** The first of several instances makes the tables. */
async function migrate(): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(1)');
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('sent') IS NOT NULL AS there`,
    );
    if (rows[0]?.there !== true) {
      await client.query(outboxTableSql());
      await client.query('CREATE TABLE sent (id text PRIMARY KEY, org text NOT NULL, digest text NOT NULL)');
    }
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

function print(facts: object): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...facts })}\n`);
}

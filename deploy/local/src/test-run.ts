import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_FOLDERS } from './folders.ts';
import { isAlive } from './live-process.ts';
import { stateFolder } from './paths.ts';
import { postgresHome } from './postgres-binaries.ts';
import { stopFolders } from './stop-folders.ts';
import { startTestServers, type TestServers } from './test-servers.ts';

const RUNS = join(stateFolder, 'test-runs');

/** The servers of one `npm test`, in a folder named by its process, gone with it. */
export async function startTestRun(
  say: (line: string) => void,
): Promise<TestServers & { stop(): Promise<void> }> {
  await sweepRuns();
  const dataDir = join(RUNS, String(process.pid));
  const { stop, ...servers } = await startTestServers(dataDir, say);
  return {
    ...servers,
    stop: async () => {
      await stop();
      discard(dataDir);
    },
  };
}

/** Ends the servers and removes the data of runs that were killed. */
async function sweepRuns(): Promise<void> {
  const runs = existsSync(RUNS) ? readdirSync(RUNS) : [];
  for (const run of runs.filter((name) => !isAlive(Number(name)))) {
    await stopFolders(join(RUNS, run));
    discard(join(RUNS, run));
  }
}

function discard(dataDir: string): void {
  rmSync(postgresHome(join(dataDir, SERVER_FOLDERS.postgres), () => undefined).dataDir, {
    recursive: true,
    force: true,
  });
  rmSync(dataDir, { recursive: true, force: true });
}

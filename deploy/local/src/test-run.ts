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

/** Ends the servers and removes the data of runs that were killed: of `npm test`, and of the black box in it. */
async function sweepRuns(): Promise<void> {
  const runs = foldersIn(RUNS, /^(\d+)$/);
  const systems = foldersIn(stateFolder, /^e2e-(\d+)$/);
  for (const { folder } of [...runs, ...systems].filter(({ pid }) => !isAlive(pid))) {
    await stopFolders(folder);
    discard(folder);
  }
}

function foldersIn(parent: string, name: RegExp): { folder: string; pid: number }[] {
  const names = existsSync(parent) ? readdirSync(parent) : [];
  return names.flatMap((each) => {
    const pid = name.exec(each)?.[1];
    return pid === undefined ? [] : [{ folder: join(parent, each), pid: Number(pid) }];
  });
}

/** Removes the data of a system whose processes have ended, PostgreSQL's too, wherever that lies. */
export function discard(dataDir: string): void {
  rmSync(postgresHome(join(dataDir, SERVER_FOLDERS.postgres), () => undefined).dataDir, {
    recursive: true,
    force: true,
  });
  rmSync(dataDir, { recursive: true, force: true });
}

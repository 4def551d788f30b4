import { join } from 'node:path';
import { LOCAL_SERVICES, SERVER_FOLDERS } from './folders.ts';
import { postgresHome } from './postgres-binaries.ts';
import { endLeftover } from './server-process.ts';
import { DRAIN_MS } from './services.ts';

/**
 * Ends every process of the system in this folder by its pid file, whoever started it: what emits first, then what
 * serves, then the services, then what they stand on. @returns the names of what was still running
 */
export async function stopFolders(dataDir: string): Promise<string[]> {
  const ended: string[] = [];
  const end = async (name: string, folder: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (await endLeftover(folder, signal, DRAIN_MS)) ended.push(name);
  };
  for (const group of LOCAL_SERVICES) await Promise.all(group.map((name) => end(name, join(dataDir, name))));
  const postgres = postgresHome(join(dataDir, SERVER_FOLDERS.postgres), () => undefined).dataDir;
  await Promise.all([
    end('identity', join(dataDir, SERVER_FOLDERS.identity)),
    end('kafka', join(dataDir, SERVER_FOLDERS.kafka)),
    end('aws', join(dataDir, SERVER_FOLDERS.aws)),
    end('postgres', postgres, 'SIGINT'),
  ]);
  return ended;
}

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchMinistack } from './fetch-tools.ts';
import { type ServerCommand, startServer } from './server-process.ts';

/** A running stand-in for S3, STS and IAM. */
export interface AwsStandIn {
  addresses: string[];
  /** One endpoint answers for all three. */
  endpoint: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again on its data after `stop` or `kill`. */
  restart(): Promise<void>;
}

/** Where it lies and listens. */
export interface AwsStandInOptions {
  dataDir: string;
  port: number;
  /** Begins with empty data. */
  fresh?: boolean;
  /** Keeps users, roles and settings of buckets too: as they were at the last `stop`, whatever is killed afterwards. */
  keepState?: boolean;
  say?: (line: string) => void;
}

/**
 * Starts the stand-in with its checks on. Objects survive a kill; users, roles and policies do not, unless `keepState` was
 * asked for and it was stopped in good order since, so whoever needs them makes them anew at each start.
 */
export async function startMinistack(o: AwsStandInOptions): Promise<AwsStandIn> {
  const python = await fetchMinistack(o.say);
  const folders = [join(o.dataDir, 'objects'), join(o.dataDir, 'state')];
  const endpoint = `http://127.0.0.1:${o.port}`;
  const prepare = async (fresh: boolean): Promise<void> => {
    for (const folder of folders) {
      if (fresh) rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      dropHalfWritten(folder);
    }
  };
  const command = commandOf(o, python, folders);
  let server = await startServer({ ...command, prepare: () => prepare(o.fresh ?? false) });
  return {
    addresses: [`127.0.0.1:${o.port}`],
    endpoint,
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: async () => void (server = await startServer({ ...command, prepare: () => prepare(false) })),
  };
}

function commandOf(
  o: AwsStandInOptions,
  python: string,
  [objects = '', state = '']: string[],
): ServerCommand {
  return {
    name: 'the stand-in for S3',
    dataDir: o.dataDir,
    port: o.port,
    command: python,
    args: ['-m', 'ministack'],
    env: {
      // Without AUTH every request passes; without BIND_HOST it listens to the whole network.
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(o.port),
      SERVICES: 's3,sts,iam',
      LOG_LEVEL: 'ERROR',
      S3_PERSIST: '1',
      S3_DATA_DIR: objects,
      PYTHONDONTWRITEBYTECODE: '1',
      ...(o.keepState && { PERSIST_STATE: '1', STATE_DIR: state }),
    },
    ready: () => answers(`http://127.0.0.1:${o.port}/_ministack/health`),
  };
}

/** What a kill left under a name of its own, before it got the object's: read as an object, it would be one that nobody sent. */
function dropHalfWritten(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
}

/** Whether a GET is answered with success. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchMinistack } from './fetch-tools.ts';
import { startServer } from './server-process.ts';

/** A running stand-in for S3, STS and IAM. */
export interface AwsStandIn {
  addresses: string[];
  /** One endpoint answers for all three. */
  endpoint: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Where it lies and listens. */
export interface AwsStandInOptions {
  dataDir: string;
  port: number;
  /** Begins with empty data. */
  fresh?: boolean;
  say?: (line: string) => void;
}

/**
 * Starts the stand-in with its checks on. Objects survive a kill; users, roles and policies do not, so whoever needs
 * them makes them anew at each start.
 */
export async function startMinistack(o: AwsStandInOptions): Promise<AwsStandIn> {
  const python = await fetchMinistack(o.say);
  const objects = join(o.dataDir, 'objects');
  const endpoint = `http://127.0.0.1:${o.port}`;
  const server = await startServer({
    name: 'the stand-in for S3',
    dataDir: o.dataDir,
    port: o.port,
    command: python,
    args: ['-m', 'ministack'],
    prepare: async () => {
      if (o.fresh) rmSync(objects, { recursive: true, force: true });
      mkdirSync(objects, { recursive: true });
    },
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
    },
    ready: () => answers(`${endpoint}/_ministack/health`),
  });
  return { addresses: [`127.0.0.1:${o.port}`], endpoint, stop: server.stop, kill: server.kill };
}

/** Whether a GET is answered with success. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

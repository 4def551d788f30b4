import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeLocal,
  freePorts,
  type LocalDescription,
  type LocalPorts,
  repositoryFolder,
  startSystem,
  writeLocal,
} from '@auditorium/local';
import type { TestProject } from 'vitest/node';

/** What the tests are told about the running system. */
export interface Running {
  /** Services keep their pids in `<dataDir>/<service>/pid`. */
  readonly dataDir: string;
  /** Folder with an `.auditorium/local.json`: the working folder of the CLI. */
  readonly home: string;
  readonly local: LocalDescription;
}

declare module 'vitest' {
  interface ProvidedContext {
    running: Running;
  }
}

const PORT_NAMES = [
  'console',
  'directory',
  'query',
  'delivery',
  'enrichment',
  'issuer',
  'demoProduct',
  'kafka',
  'postgres',
  's3',
] as const satisfies readonly (keyof LocalPorts)[];

/** Starts the whole system, as `npm start` does, on ports and data of its own. Everything must have been built. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = join(repositoryFolder, '.auditorium', `e2e-${process.pid}`);
  const home = join(dataDir, 'home');
  mkdirSync(join(home, '.auditorium'), { recursive: true });
  const system = await startSystem({ dataDir, ports: await choosePorts(), fresh: true, say: tell });
  const local = describeLocal(system.servers, system.ports);
  writeLocal(local, join(home, '.auditorium/local.json'));
  project.provide('running', { dataDir, home, local });
  return async () => {
    await system.stop();
    if (process.env['KEEP_E2E_DATA'] === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
}

async function choosePorts(): Promise<LocalPorts> {
  const free = await freePorts(PORT_NAMES.length);
  return Object.fromEntries(PORT_NAMES.map((name, index) => [name, free[index]])) as unknown as LocalPorts;
}

function tell(line: string): void {
  process.stdout.write(`e2e system: ${line}\n`);
}

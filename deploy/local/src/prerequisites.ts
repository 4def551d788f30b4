import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setupError } from './setup-error.ts';

const run = promisify(execFile);
const JAVA = 17;
const PYTHON = [3, 10] as const;
const DOCKER = 'or use Docker (`docker compose up --wait`, then `npm start -- --compose`)';

async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args);
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

/** @throws AuditoriumError `setup-failed` unless `java` is there and at least 17. */
export async function requireJava(): Promise<void> {
  const said = await output('java', ['-version']);
  const major = Number(/version "(?:1\.)?(\d+)/.exec(said ?? '')?.[1] ?? 0);
  if (major >= JAVA) return;
  const found = said === undefined ? 'is not installed' : `is version ${major}`;
  throw setupError(
    `Kafka needs Java ${JAVA} or newer, and \`java\` ${found}: install it (Debian: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk), ${DOCKER}.`,
  );
}

/** @throws AuditoriumError `setup-failed` unless `mvn` is there. */
export async function requireMaven(): Promise<void> {
  if ((await output('mvn', ['-v'])) !== undefined) return;
  throw setupError(
    `Kafka is fetched by Maven, and \`mvn\` is not installed: install it (Debian: apt-get install maven; macOS: brew install maven), ${DOCKER}.`,
  );
}

/**
 * @returns the name of a Python of at least 3.10 that can make virtual environments
 * @throws AuditoriumError `setup-failed` when there is none
 */
export async function findPython(): Promise<string> {
  const check = `import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (${PYTHON.join(', ')}) else 1)`;
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    if ((await output(name, ['-c', check])) !== undefined) return name;
  }
  throw setupError(
    `The stand-in for AWS needs Python ${PYTHON.join('.')} or newer with venv, and none was found: install it (Debian: apt-get install python3 python3-venv; macOS: brew install python), ${DOCKER}.`,
  );
}

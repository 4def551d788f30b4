import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cleanEnvironment } from './environment.ts';
import { tryLock } from './folder-lock.ts';
import { assetFolder, toolsFolder } from './paths.ts';
import { findPython, requireJava, requireMaven } from './prerequisites.ts';
import { setupError } from './setup-error.ts';

const run = promisify(execFile);

/** Registries and certificates are the machine's business: these names must reach Maven and pip. */
const REGISTRY = /^(PIP_|MAVEN_|https?_proxy$|no_proxy$|SSL_CERT|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)/i;

/** @returns the class path of the broker, fetched from Maven Central the first time. */
export async function fetchKafka(say: (line: string) => void = () => undefined): Promise<string> {
  await requireJava();
  const folder = await fetchOnce(
    'kafka',
    readFileSync(join(assetFolder('kafka'), 'pom.xml')),
    async (target) => {
      await requireMaven();
      say('fetching Kafka from Maven Central (once)');
      await runTool('mvn', [
        '-q',
        '-B',
        '-f',
        join(assetFolder('kafka'), 'pom.xml'),
        'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(target, 'libs')}`,
      ]);
    },
  );
  return join(folder, 'libs', '*');
}

/** @returns the program of the stand-in for S3, STS and IAM, in a virtual environment of its own. */
export async function fetchMinistack(say: (line: string) => void = () => undefined): Promise<string> {
  const requirements = join(assetFolder('ministack'), 'requirements.txt');
  const folder = await fetchOnce('ministack', readFileSync(requirements), async (target) => {
    const python = await findPython();
    say('fetching the stand-in for S3, STS and IAM from PyPI (once)');
    await runTool(python, ['-m', 'venv', target]);
    const pip = [
      '-m',
      'pip',
      'install',
      '-q',
      '--disable-pip-version-check',
      '--require-hashes',
      '-r',
      requirements,
    ];
    await runTool(join(target, 'bin/python'), pip);
  });
  return join(folder, 'bin/python');
}

/**
 * Fills `.auditorium/tools/<name>-<digest of what was asked for>` unless it is there and complete. A virtual
 * environment knows its own path, so the folder is made in place and a file `complete` marks the end; whoever comes
 * meanwhile waits.
 */
export async function fetchOnce(
  name: string,
  wanted: Buffer,
  fetch: (folder: string) => Promise<void>,
): Promise<string> {
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const folder = join(toolsFolder, `${name}-${digest}`);
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return folder;
  const lock = await waitForLock(`${folder}.lock`);
  try {
    if (existsSync(complete)) return folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await fetch(folder);
    writeFileSync(`${complete}.new`, '');
    renameSync(`${complete}.new`, complete);
    return folder;
  } finally {
    lock.release();
  }
}

async function waitForLock(file: string): Promise<{ release(): void }> {
  for (;;) {
    const lock = tryLock(file);
    if ('release' in lock) return lock;
    await sleep(200);
  }
}

async function runTool(command: string, args: string[]): Promise<void> {
  const registry = Object.entries(process.env).filter(([name]) => REGISTRY.test(name));
  const env = cleanEnvironment(Object.fromEntries(registry) as Record<string, string>);
  try {
    await run(command, args, { env, maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const { stderr = '', stdout = '' } = cause as { stderr?: string; stdout?: string };
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n');
    throw setupError(
      `\`${command} ${args[0]} …\` failed; is the registry reachable? It said:\n${said}`,
      cause,
    );
  }
}

/**
 * `npm test`: build, lint, type check of the tests, then every package's tests against one set of real servers of its
 * own. Failures are told once more at the end; the last line is `N passed, N failed` (`, N skipped`).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildAll,
  endProcess,
  repositoryFolder,
  type Say,
  sentenceOf,
  startProgress,
  startTestRun,
  stateFolder,
} from '@auditorium/local';
import { addUp, type Failure, readReports, type Totals } from './test-report.ts';

const REPORTS = join(stateFolder, 'test-reports');
/** Two cores: more would only make time-outs. */
const PACKAGES_AT_ONCE = 2;

const bin = join(repositoryFolder, 'node_modules/.bin');
/** No colours in a file. */
const QUIET = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' };
const children = new Set<number>();
let stopped = false;

/** Ours without what a developer has set for other things: no test may reach a real account or another system. */
const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|AUDITORIUM_|OTEL_|PG)/.test(name)),
  );

/** Runs a command of the repository in a process group of its own, with its output on ours. @returns its exit code */
async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  if (stopped) return 1;
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  const child = spawn(join(bin, command), args, {
    cwd: repositoryFolder,
    env: { ...ownEnvironment(), ...QUIET, PATH: path, NX_DAEMON: 'false', NX_TUI: 'false', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  if (child.pid) children.add(child.pid);
  const code = await new Promise<number>((resolve) => {
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
    child.once('error', () => resolve(1));
  });
  if (child.pid) children.delete(child.pid);
  return code;
}

async function check(
  name: string,
  say: Say,
  work: () => Promise<number | void>,
): Promise<Failure | undefined> {
  try {
    const code = await work();
    if (!code) {
      say(`${name}: fine`);
      return undefined;
    }
    return { where: name, title: `failed with exit code ${code}; see above`, message: '' };
  } catch (error) {
    return { where: name, title: sentenceOf(error), message: '' };
  }
}

/** Build, lint and types count as one test each. */
async function checkAll(say: Say): Promise<Totals> {
  const failures = [
    await check('build', say, () => buildAll()),
    await check('lint', say, () => run('node', ['tools/lint.ts'])),
    await check('types of the tests', say, () => run('tsc', ['-p', 'tsconfig.test.json'])),
  ].filter((failure) => failure !== undefined);
  return { passed: 3 - failures.length, failed: failures.length, skipped: 0, failures };
}

/** The packages two at a time, the black box over the running system alone and last. */
async function testAll(say: Say): Promise<Totals> {
  const servers = await startTestRun(say);
  try {
    const { stop: _, ...addresses } = servers;
    const env = { AUDITORIUM_TEST_SERVERS: JSON.stringify(addresses), TEST_REPORTS_FOLDER: REPORTS };
    const packages = [
      'run-many',
      '-t',
      'test',
      '--exclude=@auditorium/e2e',
      `--parallel=${PACKAGES_AT_ONCE}`,
    ];
    const codes = [
      await run('nx', [...packages, '--exclude-task-dependencies', '--output-style=stream'], env),
      await run(
        'nx',
        ['run', '@auditorium/e2e:test', '--exclude-task-dependencies', '--output-style=stream'],
        env,
      ),
    ];
    return readReports(
      REPORTS,
      codes.every((code) => code === 0),
    );
  } finally {
    await servers.stop();
  }
}

/** Ctrl-C, or a CI job that is cancelled: our children end, then the servers, by the `finally` that awaits them. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    stopped = true;
    for (const pid of children) void endProcess(-pid, 'SIGTERM', 5000);
  });

const say = startProgress();
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const checks = await checkAll(say);
const tests = await testAll(say).catch((error: unknown): Totals => {
  const title = sentenceOf(error);
  return { passed: 0, failed: 1, skipped: 0, failures: [{ where: 'servers', title, message: '' }] };
});
const { failed, text } = addUp([checks, tests]);
console.log(text);
process.exit(failed === 0 ? 0 : 1);

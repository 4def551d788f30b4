/** `npm run faults -- --kills N --seed S`: kills a whole system, piece by piece, and looks for what is lost. */
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  buildAll,
  discard,
  endLeftover,
  postgresHome,
  sentenceOf,
  startOf,
  stateFolder,
} from '@auditorium/local';
import { attackName, HITS, LONG_RUN, scheduleOf } from './attack/schedule.ts';
import { run } from './run.ts';
import { summaryText } from './summary.ts';

const HELP = `npm run faults -- [options]

Starts three brokers, PostgreSQL, a stand-in for S3 and two instances of each service, sends a known stream of events
through them, kills whatever there is, and then checks from outside that nothing is lost, doubled or out of order.

  --kills N      how many kills (default 50). From ${LONG_RUN} on, every named point is hit ${HITS} times at least
  --seed S       repeats the schedule of an earlier run (default: any)
  --quiet-s S    how long nothing may have moved in the end (default 30)
  --json FILE    where the summary goes besides (default: summary.json beside the data)
  --keep         keeps the data of a run that passes; that of one that fails is always kept
  --plan         prints the schedule and ends
  --no-build     takes what is built as it is
  --help

Exit code 0: passed; 1: something is wrong. Everything of a run lies in .auditorium/faults/<process>.
`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string' },
    'quiet-s': { type: 'string', default: '30' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const begun = Date.now();
const say = (line: string): void => {
  const seconds = ((Date.now() - begun) / 1000).toFixed(1).padStart(7);
  process.stdout.write(`${seconds} s  ${line}\n`);
};

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const kills = wholeOf('kills', values.kills);
  const seed = values.seed === undefined ? randomInt(1_000_000) : wholeOf('seed', values.seed);
  const schedule = scheduleOf(kills, seed);
  say(
    `seed ${seed}, ${schedule.length} attacks; again with: npm run faults -- --kills ${kills} --seed ${seed}`,
  );
  if (values.plan) process.stdout.write(`${schedule.map(attackName).join('\n')}\n`);
  return values.plan ? 0 : attack(kills, seed);
}

async function attack(kills: number, seed: number): Promise<number> {
  const runs = join(stateFolder, 'faults');
  await sweep(runs);
  if (!values['no-build']) await buildAll();
  const dataDir = join(runs, String(process.pid));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const quietMs = wholeOf('quiet-s', values['quiet-s']) * 1000;
  try {
    const summary = await run({ kills, seed, dataDir, quietMs, say, signal: stopping.signal });
    const text = `${JSON.stringify(summary, undefined, 2)}\n`;
    writeFileSync(join(dataDir, 'summary.json'), text);
    if (values.json !== undefined) writeFileSync(values.json, text);
    process.stdout.write(summaryText(summary));
    if (summary.passed && !values.keep) discard(dataDir);
    else say(`the data is kept: ${dataDir}`);
    return summary.passed ? 0 : 1;
  } catch (error) {
    say(`FAILED: ${sentenceOf(error)}`);
    if (error instanceof Error && !stopping.signal.aborted) say(error.stack ?? '');
    say(`the data is kept: ${dataDir}`);
    return 1;
  }
}

/** Ends what a run that was killed left behind; its data stays for whoever wants to look. */
async function sweep(runs: string): Promise<void> {
  const names = existsSync(runs) ? readdirSync(runs) : [];
  for (const name of names.filter((pid) => startOf(Number(pid)) === undefined)) {
    const folder = join(runs, name);
    const pids = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => basename(file) === 'pid',
    );
    const homes = pids.map((file) => dirname(join(folder, file)));
    const postgres = postgresHome(join(folder, 'postgres'), () => undefined).dataDir;
    for (const home of [...homes, postgres]) await endLeftover(home, 'SIGKILL');
  }
}

function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} takes a whole number, not ${text}`);
}

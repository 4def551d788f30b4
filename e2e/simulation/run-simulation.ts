import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';
import type { SeedReport } from './run-seed.ts';
import { runWorker } from './run-workers.ts';
import { Totals } from './totals.ts';

const HELP = `npm run simulate -- [options]

Plays the services' own code over simulated Kafka, PostgreSQL, S3 and STS in virtual time. A seed always gives the same
history. Exit code 0 when every seed held (with --mutations: when every mutation was caught), 1 otherwise.

  --seeds N        how many seeds (default 200)
  --seed S         the first of them (default 1)
  --play P         one kind of world only
  --scenario NAME  force one schedule in each seed
  --log            print the facts of each seed, not only of those that fail
  --workers N      processes side by side (default: as many as there are cores)
  --mutations      break each rule on purpose and look how many seeds notice it (--seeds: at most so many for each)
  --mutation TEXT  only mutations whose names hold this text
  --list           the names of plays, schedules and mutations
  --help`;

const OPTIONS = {
  seeds: { type: 'string' },
  seed: { type: 'string', default: '1' },
  play: { type: 'string' },
  scenario: { type: 'string' },
  log: { type: 'boolean', default: false },
  workers: { type: 'string' },
  mutations: { type: 'boolean', default: false },
  mutation: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface Asked {
  readonly seeds: number | undefined;
  readonly seed: number;
  readonly play: string | undefined;
  readonly scenario: string | undefined;
  readonly log: boolean;
  readonly workers: number;
}

const DEFAULT_SEEDS = 200;
/** A mutation that so many seeds do not notice would not be noticed in a night either. */
const SEEDS_FOR_A_MUTATION = 1500;
/** Failing seeds that are printed with their facts. */
const MOST_TOLD = 3;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The command. @returns its exit code */
export async function runSimulation(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help) return told(HELP);
  if (values.list) return told(await names());
  const asked: Asked = {
    seeds: values.seeds === undefined ? undefined : Number(values.seeds),
    seed: Number(values.seed),
    play: values.play,
    scenario: values.scenario,
    log: values.log,
    workers: Number(values.workers ?? availableParallelism()),
  };
  if (!values.mutations && values.mutation === undefined) return playSeeds(asked);
  return playMutations(
    asked,
    MUTATIONS.filter(
      ({ name, play }) => name.includes(values.mutation ?? '') && (asked.play ?? play) === play,
    ),
  );
}

function told(text: string): number {
  say(text);
  return 0;
}

async function names(): Promise<string> {
  const { PLAYS } = await import('./plays.ts');
  return [
    ...PLAYS.flatMap(({ name, scenarios }) => [
      `play ${name}:`,
      ...scenarios.map((scenario) => `  ${scenario}`),
    ]),
    'mutations:',
    ...MUTATIONS.map(({ name }) => `  ${name}`),
  ].join('\n');
}

async function playSeeds(asked: Asked): Promise<number> {
  const totals = new Totals();
  const seeds = asked.seeds ?? DEFAULT_SEEDS;
  const progress = startProgress(() => `${totals.seeds} of ${seeds} seeds, ${totals.failed.length} failed`);
  await inWorkers(asked, seeds, (reports) => {
    for (const report of reports) {
      totals.add(report);
      if (asked.log || (report.failure !== undefined && totals.failed.length <= MOST_TOLD))
        tell(report, asked);
    }
  });
  progress.stop();
  say(totals.text());
  return totals.failed.length === 0 ? 0 : 1;
}

async function inWorkers(
  { seed, play, scenario, log, workers }: Asked,
  seeds: number,
  onReports: (reports: readonly SeedReport[]) => void,
): Promise<void> {
  const at = Array.from({ length: Math.min(workers, seeds) }, (_, index) => index);
  await Promise.all(
    at.map((index) => {
      const count = Math.floor((seeds - index - 1) / at.length) + 1;
      return runWorker(
        { from: seed + index, step: at.length, count, play, scenario, keepLines: log },
        onReports,
      );
    }),
  );
}

function tell({ seed, play, failure, lines = [] }: SeedReport, { scenario }: Asked): void {
  for (const line of lines) say(`  ${line}`);
  if (failure === undefined) return;
  say(`seed ${seed} of ${play}:\n${failure}`);
  const forced = scenario === undefined ? '' : ` --scenario '${scenario}'`;
  say(`repeat it: npm run simulate -- --seeds 1 --seed ${seed} --play ${play}${forced} --log\n`);
}

/** How a mutation fared. */
interface Caught {
  readonly mutation: Mutation;
  readonly seeds: number;
  readonly failure: string | undefined;
}

async function playMutations(asked: Asked, mutations: readonly Mutation[]): Promise<number> {
  const waiting = [...mutations];
  const caught = new Map<Mutation, Caught>();
  const progress = startProgress(() => `${caught.size} of ${mutations.length} mutations`);
  const work = async (): Promise<void> => {
    for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
      const fate = await playMutation(asked, mutation);
      caught.set(mutation, fate);
      say(row(fate));
    }
  };
  await Promise.all(Array.from({ length: asked.workers }, work));
  progress.stop();
  const all = mutations.map((mutation) => caught.get(mutation) as Caught);
  const missed = all.filter(({ failure }) => failure === undefined).length;
  say(`${all.length - missed} of ${all.length} mutations caught`);
  return missed === 0 && all.length > 0 ? 0 : 1;
}

async function playMutation(asked: Asked, mutation: Mutation): Promise<Caught> {
  let seeds = 0;
  let failure: string | undefined;
  const { name, play, scenario } = mutation;
  const count = asked.seeds ?? SEEDS_FOR_A_MUTATION;
  const task = { from: asked.seed, step: 1, count, play, scenario, mutation: name, untilFailure: true };
  await runWorker(task, (reports) => {
    for (const report of reports) {
      seeds += 1;
      failure ??= report.failure;
    }
  });
  return { mutation, seeds, failure };
}

function row({ mutation: { name, rule }, seeds, failure }: Caught): string {
  const said = failure === undefined ? 'NOT CAUGHT' : (failure.split('\n')[0] ?? '');
  return `${name}\n    rule: ${rule}\n    after ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}: ${said}`;
}

const PROGRESS_MS = 1000;

/** One line that is written over, on a terminal only. */
function startProgress(text: () => string): { stop(): void } {
  if (!process.stderr.isTTY) return { stop: () => undefined };
  const show = setInterval(() => process.stderr.write(`\r\u001b[K${text()}`), PROGRESS_MS);
  return {
    stop: () => {
      clearInterval(show);
      process.stderr.write('\r\u001b[K');
    },
  };
}

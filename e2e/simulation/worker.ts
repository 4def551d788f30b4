import './kernel/install.ts';
import { editSources } from './kernel/edit-sources.ts';
import type { SeedOptions, SeedReport } from './run-seed.ts';
import { MUTATIONS } from './mutations.ts';
import { SCALE } from './scale.ts';

/** What a worker is told to do: seeds from `from`, every `step`th, so many of them. */
export interface Task extends SeedOptions {
  readonly from: number;
  readonly step: number;
  readonly count: number;
  /** Name of the mutation to apply. */
  readonly mutation?: string | undefined;
  /** End at the first seed that fails. */
  readonly untilFailure?: boolean | undefined;
}

/** Reports that are sent together: one message for each would cost more than many a seed. */
const REPORTS_TOGETHER = 20;

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const mutation = MUTATIONS.find(({ name }) => name === task.mutation);
editSources([...SCALE, ...(mutation === undefined ? [] : [mutation])]);
// Only now, so that the edits are in what this loads.
const { runSeed } = await import('./run-seed.ts');

// Whoever wanted to know is gone.
process.once('disconnect', () => process.exit());
let waiting: SeedReport[] = [];
const tell = (): void => {
  if (waiting.length > 0) process.send?.(waiting);
  waiting = [];
};
for (let index = 0; index < task.count; index += 1) {
  const reports = await runSeed(task.from + index * task.step, task);
  waiting.push(...reports);
  const hasFailed = reports.some(({ failure }) => failure !== undefined);
  if (hasFailed || waiting.length >= REPORTS_TOGETHER) tell();
  if (hasFailed && task.untilFailure) break;
}
tell();
if (process.connected) process.disconnect();

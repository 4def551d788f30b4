import './kernel/install.ts';
import { parseArgs } from 'node:util';
import { editSources } from './kernel/edit-sources.ts';
import { World } from './kernel/world.ts';
import { SCALE } from './scale.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    log: { type: 'boolean' },
  },
});
editSources(SCALE);
const { runSeed } = await import('./spine/run-seed.ts');
const first = Number(values.seed);
const began = performance.now();
let failed = 0;
let virtual = 0;
let events = 0;
for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  const world = new World(seed);
  try {
    await runSeed(world);
    if (values.log) process.stdout.write(`${world.lines.join('\n')}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`seed ${seed}: ${String(error)}\n`);
    if (values.log) process.stdout.write(`${world.lines.join('\n')}\n${(error as Error).stack}\n`);
  }
  virtual += world.elapsed();
  events += world.events;
}
process.stdout.write(
  `${failed} failed; ${Math.round(virtual / 1000)} s virtual, ${events} events, ${Math.round(performance.now() - began)} ms\n`,
);

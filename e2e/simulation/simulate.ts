import { runSimulation } from './run-simulation.ts';

process.exitCode = await runSimulation(process.argv.slice(2));

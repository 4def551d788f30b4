import { join } from 'node:path';
import { stateFolder } from './paths.ts';

/** The system of `npm start`: data, logs, pids. */
export const runFolder = join(stateFolder, 'run');
/** Held by the process that supervises it. */
export const startLock = join(stateFolder, 'start.lock');
/** What a detached start says. */
export const startLog = join(stateFolder, 'start.log');

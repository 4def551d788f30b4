/** `npm stop`: ends the system of `npm start`, also one whose supervisor was killed. */
import { existsSync } from 'node:fs';
import { tryLock } from './folder-lock.ts';
import { endProcess } from './live-process.ts';
import { removeLocal } from './local-description.ts';
import { runFolder, startLock } from './run-folders.ts';
import { stopFolders } from './stop-folders.ts';

const PATIENCE_MS = 90_000;

const lock = tryLock(startLock);
if ('heldBy' in lock) await endProcess(lock.heldBy, 'SIGTERM', PATIENCE_MS);
else lock.release();
const left = existsSync(runFolder) ? await stopFolders(runFolder) : [];
removeLocal();
console.log('heldBy' in lock || left.length > 0 ? 'stopped' : 'nothing was running');

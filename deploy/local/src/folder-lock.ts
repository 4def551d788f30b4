import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import { startOf } from './live-process.ts';

interface Holder {
  pid: number;
  started: string;
}

/** A lock that is held until it is let go or its holder has died, however it died. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the lock file for this process. The file appears whole (link of a finished one), so a reader never sees half
 * of it; a dead holder's file is moved away, and only one of several that try can move it.
 *
 * @returns the lock, or the living holder's pid
 */
export function tryLock(file: string): FolderLock | { heldBy: number } {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    if (linkOwn(file)) return { release: () => rmSync(file, { force: true }) };
    const holder = readHolder(file);
    if (holder && startOf(holder.pid) === holder.started) return { heldBy: holder.pid };
    if (holder) takeAway(file, holder);
  }
}

function linkOwn(file: string): boolean {
  const mine = `${file}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a dead holder's file away. If another process was quicker we moved its live lock: put that back. */
function takeAway(file: string, dead: Holder): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved?.pid !== dead.pid || moved.started !== dead.started) linkSync(aside, file);
  rmSync(aside, { force: true });
}

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own that can be full. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no more than `left` bytes free. */
  fill(left?: number): void;
  /** Gives back what `fill` took. */
  makeRoom(): void;
  /** Whatever runs on it must have ended. */
  remove(): void;
}

const CHUNK = Buffer.alloc(65_536);

/** @returns undefined where this process may not mount: then the test has to say that it was skipped */
export function mountSmallDisk(mib: number): SmallDisk | undefined {
  // Not below a home or a repository: PostgreSQL runs as a user of its own.
  const folder = mkdtempSync('/var/tmp/auditorium-disk-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  chmodSync(folder, 0o777);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: (left = 0) => fillUp(folder, ballast, left),
    makeRoom: () => rmSync(ballast, { force: true }),
    remove: () => {
      execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fillUp(folder: string, ballast: string, left: number): void {
  const file = openSync(ballast, 'a');
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(folder);
      const room = bavail * bsize - left;
      if (room <= 0) return;
      writeSync(file, CHUNK, 0, Math.min(room, CHUNK.length));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

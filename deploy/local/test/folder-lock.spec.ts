import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tryLock } from '../src/folder-lock.ts';
import { nodeBinary } from '../src/paths.ts';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');

describe('a lock', () => {
  it('is held by one', () => {
    const path = file();
    const lock = tryLock(path);
    expect(tryLock(path)).toEqual({ heldBy: process.pid });
    if ('release' in lock) lock.release();
    expect(tryLock(path)).toHaveProperty('release');
  });

  it('of a dead process is free', () => {
    const path = file();
    const module = pathToFileURL(join(import.meta.dirname, '../src/folder-lock.ts'));
    const script = `const { tryLock } = await import('${module}'); tryLock('${path}'); process.kill(process.pid, 'SIGKILL')`;
    expect(spawnSync(nodeBinary(), ['--input-type=module', '-e', script]).signal).toBe('SIGKILL');
    expect(tryLock(path)).toHaveProperty('release');
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findPython, requireJava, requireMaven } from '../src/prerequisites.ts';

const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
});

describe('a missing prerequisite', () => {
  it.each([
    ['java', requireJava],
    ['mvn', requireMaven],
    ['Python', findPython],
  ])('%s is one sentence that says how to mend it', async (name, require) => {
    process.env['PATH'] = mkdtempSync(join(tmpdir(), 'nothing-'));
    const said = await require().then(
      () => '',
      (error: Error) => error.message,
    );
    expect(said).toContain(name);
    expect(said).toContain('install it');
    expect(said.split('\n')).toHaveLength(1);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MUTATIONS } from '../mutations.ts';
import { SCALE } from '../scale.ts';

describe('what is changed in the sources when they are loaded', () => {
  it.each([...MUTATIONS, ...SCALE])('$file reads once: $find', ({ file, find, replace }) => {
    const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });
});

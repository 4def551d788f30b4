import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REJECTION_CODES, RESERVED_ATTRIBUTES } from '../src/index.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../../docs/formats/${name}`, import.meta.url), 'utf8');

describe('the published formats', () => {
  it('name every code, and no other', () => {
    const table = read('verdicts.md').split('## Codes')[1]!;
    const named = [...table.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, code]) => code);
    expect(named.toSorted()).toEqual([...REJECTION_CODES].toSorted());
  });

  it('name every attribute that an event may not bring, and what enrichment adds is among them', () => {
    const [rules, added] = read('event.md').split('## What enrichment adds') as [string, string];
    for (const name of RESERVED_ATTRIBUTES) expect(rules).toContain(`\`${name}\``);
    const named = [...added.matchAll(/^\| `([a-z]+)`/gm)].map(([, name]) => name as string);
    expect(named).toContain('acceptedtime');
    for (const name of named) expect(RESERVED_ATTRIBUTES).toContain(name);
  });
});

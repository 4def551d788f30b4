import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldDiff } from '../src/web/log/field-diff.ts';

describe('Beyond 13 before and after as differences of fields', () => {
  it('names each field that was added, removed or changed by its path', () => {
    const before = { name: 'Apollo', limits: { requests: 100 }, tags: ['a', 'b'], old: true };
    const after = { name: 'Atlas', limits: { requests: 100, burst: 5 }, tags: ['a'] };
    expect(fieldDiff(before, after)).toEqual([
      { path: 'name', kind: 'changed', before: 'Apollo', after: 'Atlas' },
      { path: 'limits.requests', kind: 'same', before: 100, after: 100 },
      { path: 'tags[0]', kind: 'same', before: 'a', after: 'a' },
      { path: 'tags[1]', kind: 'removed', before: 'b', after: undefined },
      { path: 'old', kind: 'removed', before: true, after: undefined },
      { path: 'limits.burst', kind: 'added', before: undefined, after: 5 },
    ]);
  });

  it('takes a missing side for nothing, not for a field', () => {
    expect(fieldDiff(undefined, { a: 1 })).toEqual([
      { path: 'a', kind: 'added', before: undefined, after: 1 },
    ]);
    expect(fieldDiff({ a: 1 }, null)).toEqual([{ path: 'a', kind: 'removed', before: 1, after: undefined }]);
    expect(fieldDiff(undefined, undefined)).toEqual([]);
  });

  it('finds no difference between a value and itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        fieldDiff(value, value).every((change) => change.kind === 'same'),
      ),
    );
  });

  it('never calls two different states the same', () => {
    const state = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(state, state, (before, after) => {
        fc.pre(
          JSON.stringify(before) !== JSON.stringify(after) &&
            Object.keys(before).length + Object.keys(after).length > 0,
        );
        const sameFields =
          new Set(Object.keys(before)).symmetricDifference(new Set(Object.keys(after))).size === 0;
        const equal =
          sameFields && Object.keys(before).every((key) => canonical(before[key]) === canonical(after[key]));
        expect(fieldDiff(before, after).some((change) => change.kind !== 'same')).toBe(!equal);
      }),
    );
  });
});

/** JSON with the fields of objects in one order: their order is no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : child,
  );
}

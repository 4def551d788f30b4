import { LAYOUT_NAMES } from '@auditorium/layouts';
import { expect, it } from 'vitest';
import { LAYOUTS } from '../src/web/organisation/layouts.ts';

it('Beyond 7 the form offers every layout that a destination may have, the usual one first', () => {
  const offered = LAYOUTS.map(({ value }) => value);
  expect(offered.toSorted()).toEqual([...LAYOUT_NAMES].toSorted());
  expect(offered[0]).toBe(LAYOUT_NAMES[0]);
});

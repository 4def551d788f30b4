import { describe, expect, it } from 'vitest';
import { LAYOUT_NAMES, layoutOf, type LayoutName, type NameOf } from '../src/index.ts';
import { schemaOf } from './accepts.ts';
import { queryParquet } from './parquet-rows.ts';
import { hasRecordedData, joined, realEvents } from './real-events.ts';

const names: NameOf = ({ id, version }) =>
  version === null ? undefined : { name: `Name of ${id}`, email: version === 1 ? null : `${id}@x.example` };

/** The records of an object, whatever form it has. */
async function recordsOf(layout: LayoutName, content: Buffer): Promise<unknown[]> {
  if (layout === 'ocsf-parquet') return queryParquet(content);
  if (layout === 'wiv') return JSON.parse(content.toString());
  return content
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const ROWS: Readonly<Partial<Record<LayoutName, string>>> = {
  wiremock: 'WM10 WM11 WM12',
  wiv: 'WV2',
  airkit: 'AK4 AK5',
  'airkit-events': 'AK6',
  'weka-s3': 'WK3',
  'ocsf-parquet': 'Beyond 7',
};

describe('every real event becomes a record that the layout’s schema accepts', async () => {
  const lines = await realEvents();

  it.skipIf(!hasRecordedData)('there are hundreds of them', () => {
    expect(lines.length).toBeGreaterThan(775);
  });

  for (const [layout, rows] of Object.entries(ROWS) as [LayoutName, string][]) {
    it(`${rows}: ${layout}`, async () => {
      const read = layoutOf(layout).read(joined(lines));
      expect(read.count).toBe(lines.length);
      const records = await recordsOf(layout, read.encode(names));
      expect(records).toHaveLength(lines.length);
      const problemOf = schemaOf(layout === 'wiv' ? 'wiv' : layout);
      const judged = layout === 'wiv' ? [records] : records;
      expect(judged.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
    });
  }

  it('none of them is left out of these tests', () => {
    expect(['auditorium', ...Object.keys(ROWS)].toSorted()).toEqual([...LAYOUT_NAMES].toSorted());
  });
});

import { describe, expect, it } from 'vitest';
import {
  SegmentBuilder,
  TAIL_BYTES,
  footerRange,
  readFooter,
  readRun,
  runOf,
  type RunEntry,
} from '../src/index.ts';
import { finishInput } from './arbitraries.ts';

const ORGS = 100_000;

describe('a segment with 100,000 orgs open', () => {
  it('fits into 1.3 GB, and each run can still be read alone', () => {
    const builder = new SegmentBuilder();
    // Every line arrives in a fetched buffer of 64 KiB, as it does from Kafka: keeping slices would hold 12.8 GB.
    for (let raw = 0; raw < ORGS * 2; raw += 1) {
      const fetched = Buffer.allocUnsafeSlow(65_536);
      const length = fetched.write(`{"org":"org_${raw % ORGS}","raw":${raw},"filler":"${'x'.repeat(700)}"}`);
      builder.append(`org_${raw % ORGS}`, fetched.subarray(0, length), raw);
    }
    const { body } = builder.finish(finishInput({ rawLast: ORGS * 2 - 1 }));
    expect(process.memoryUsage().rss).toBeLessThan(1.3e9);
    const bytes = Buffer.concat(body);
    const { from } = footerRange(bytes.subarray(-TAIL_BYTES), bytes.length);
    const footer = readFooter(bytes.subarray(from), bytes.length);
    expect(footer.runs.length).toBe(ORGS);
    for (let org = 0; org < ORGS; org += 997) {
      const entry = runOf(footer, `org_${org}`) as RunEntry;
      const lines = [...readRun(bytes.subarray(entry.offset, entry.offset + entry.length), entry).lines()];
      expect(lines.map((line) => JSON.parse(line.toString()).raw)).toEqual([org, org + ORGS]);
    }
  });
});

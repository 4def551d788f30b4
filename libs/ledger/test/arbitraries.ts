import fc from 'fast-check';
import { type ChunkPool, type FinishInput, type Head, SegmentBuilder } from '../src/index.ts';

export interface Given {
  org: string;
  line: Buffer;
  /** Raw offset minus that of the line before. */
  step: number;
}

const org = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);

/** Bytes of any kind but a newline, some of them far longer than the rest. */
const line = fc
  .oneof(
    { weight: 20, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 700_000 }).map((n) => new Uint8Array(n).fill(n % 251)),
    },
  )
  .map((bytes) => Buffer.from(bytes).map((byte) => (byte === 0x0a ? 0x20 : byte)) as Buffer);

/** Lines of a few orgs, mixed in any way, at rising raw offsets with holes in between. */
export const givenLines = fc.array(org, { minLength: 1, maxLength: 6 }).chain((orgs) =>
  fc.array(fc.record({ org: fc.constantFrom(...orgs), line, step: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 40,
  }),
);

export interface Expected {
  lines: Buffer[];
  rawOffsets: number[];
}

/** A segment of the given lines, and what each org should find in it. */
export function segmentOf(lines: Given[], from = 0, overrides: Partial<FinishInput> = {}, pool?: ChunkPool) {
  const builder = new SegmentBuilder(pool);
  const expected = new Map<string, Expected>();
  let raw = from - 1;
  for (const given of lines) {
    raw += given.step;
    builder.append(given.org, given.line, raw);
    const of = expected.get(given.org) ?? { lines: [], rawOffsets: [] };
    of.lines.push(given.line);
    of.rawOffsets.push(raw);
    expected.set(given.org, of);
  }
  const input = finishInput({ rawFrom: from, rawLast: raw, ...overrides });
  return { ...builder.finish(input), expected, last: raw, builder };
}

export function finishInput(overrides: Partial<FinishInput> = {}): FinishInput {
  return {
    segment: 'segments/00003/0000000007/abcdefghijklmnop.seg',
    topic: 'audit.events.raw.v1',
    partition: 3,
    epoch: 7,
    createdAt: new Date(0),
    rawFrom: 0,
    rawLast: 0,
    enrichedFrom: 0,
    enrichedNext: 1,
    repeats: 0,
    holes: 0,
    heads: new Map<string, Head>(),
    ...overrides,
  };
}

import { partitionOf, REJECTION_CODES } from '@auditorium/events';
import fc from 'fast-check';
import { anyPoison, poisonOf, type Poison } from '@auditorium/testing/kafka';
import { describe, expect, it } from 'vitest';
import { decideVerdict, type Decision } from '../src/domain/decide-verdict.ts';
import { PartitionState } from '../src/domain/partition-state.ts';
import { APPENDED } from './raw-records.ts';

const PARTITIONS = 3;
const ORG = 'org_acme';
const PLACE = { partition: partitionOf(ORG, PARTITIONS), partitions: PARTITIONS };
const strangers = Array.from({ length: 20 }, (_, index) => `stranger-${index}`).filter(
  (org) => partitionOf(org, PARTITIONS) !== PLACE.partition,
);

/** The verdicts on records that follow each other in one partition. */
function judge(records: readonly Poison[]): Decision[] {
  const state = new PartitionState();
  return records.map(({ key, value, headers = [] }, offset) => {
    const named = Object.fromEntries(
      headers.map(([name, header]) => [
        String(name),
        header === null ? undefined : Buffer.from(header as string),
      ]),
    );
    const record = { offset, timestamp: APPENDED, key, value, headers: named as never };
    const decision = decideVerdict(state, record, PLACE);
    state.advance(decision);
    return decision;
  });
}

describe('the corpus of hostile records', () => {
  const corpus = poisonOf({ org: ORG, strangers, now: APPENDED });
  const given = judge(corpus);

  it.each(corpus.map(({ name, verdict }, index) => [name, verdict, index] as const))(
    '%s',
    (_, verdict, index) => {
      expect(given[index]!.code ?? given[index]!.verdict).toBe(verdict);
    },
  );

  it('has every code of a record, and most of them several times', () => {
    const codes = new Set(corpus.map(({ verdict }) => verdict));
    expect(REJECTION_CODES.filter((code) => !codes.has(code))).toEqual(['batch-unreadable', 'raw-lost']);
    expect(corpus.length).toBeGreaterThan(300);
  });
});

it('hostile records made at random get the verdict that they must, whatever event they were made of', () => {
  fc.assert(
    fc.property(anyPoison(ORG), (poison) => {
      const [decision] = judge([poison]);
      expect(decision!.code ?? decision!.verdict).toBe(poison.verdict);
    }),
    { numRuns: 3000 },
  );
});

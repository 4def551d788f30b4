import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from '../src/index.ts';

const { Partitioners } = kafkajs;

describe('the partition of an org', () => {
  it('is the one of Kafka’s own published murmur2 vectors', () => {
    // org.apache.kafka.common.utils.UtilsTest#testMurmur2
    const vectors: Record<string, number> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    };
    for (const [text, hash] of Object.entries(vectors)) expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('agrees with kafkajs’ default partitioner for every key and every number of partitions', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 100 }), (bytes, partitions) => {
        const key = Buffer.from(bytes);
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 1,
          replicas: [],
          isr: [],
        }));
        const theirs = partitioner({ topic: 't', partitionMetadata, message: { key, value: null } });
        expect(partitionOf(key, partitions)).toBe(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same for an org id as text and as bytes', () => {
    expect(partitionOf('org_acme', 12)).toBe(partitionOf(Buffer.from('org_acme'), 12));
  });
});

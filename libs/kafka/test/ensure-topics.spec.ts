import { topicRequirements, topicsOf } from '@auditorium/events';
import { topicPrefix, useServers } from '@auditorium/testing';
import { describe, expect, it } from 'vitest';
import { ensureTopics } from '../src/index.ts';

describe('topics of services that start at the same moment', () => {
  it('are made once, and every service finds them as they must be', async () => {
    const { kafkaBrokers: brokers } = await useServers();
    for (let round = 0; round < 3; round += 1) {
      const requirements = topicRequirements(topicsOf(topicPrefix()), { replication: 1, partitions: 12 });
      const services = Array.from({ length: 5 }, () => ensureTopics({ brokers, requirements, create: true }));
      expect((await Promise.allSettled(services)).map(({ status }) => status)).toEqual(
        Array(5).fill('fulfilled'),
      );
    }
  });
});

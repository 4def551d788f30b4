import { describe, expect, it } from 'vitest';
import {
  checkTopic,
  topicRequirements,
  topicsOf,
  type ActualTopic,
  type TopicRequirement,
} from '../src/index.ts';

const topics = topicsOf('t1.');
const requirements = topicRequirements(topics, { replication: 3, partitions: 12 });
const asCreated = ({ partitions, replication, settings }: TopicRequirement): ActualTopic => ({
  partitions,
  replication,
  config: Object.fromEntries(settings.map(({ name, create }) => [name, create])),
});
const [raw, enriched, orgs] = requirements as [TopicRequirement, TopicRequirement, TopicRequirement];
const problems = (requirement: TopicRequirement, name: string, value: string): string[] => {
  const actual = asCreated(requirement);
  return checkTopic(requirement, { ...actual, config: { ...actual.config, [name]: value } });
};

describe('the settings of topics', () => {
  it('are right for topics that were created with them', () => {
    for (const requirement of requirements)
      expect(checkTopic(requirement, asCreated(requirement))).toEqual([]);
  });

  it('carry the prefix', () =>
    expect(Object.values(topics).every((name) => name.startsWith('t1.audit.'))).toBe(true));

  it('are refused where events could be lost, with the reason', () => {
    expect(problems(raw, 'cleanup.policy', 'compact')).toHaveLength(1);
    expect(problems(raw, 'retention.bytes', '1000000')).toHaveLength(1);
    expect(problems(raw, 'retention.ms', String(13 * 86_400_000))[0]).toContain('14 days');
    expect(problems(raw, 'message.timestamp.type', 'CreateTime')[0]).toContain('append time');
    expect(problems(raw, 'max.message.bytes', '2000000')).toHaveLength(1);
    expect(problems(enriched, 'max.message.bytes', '1048588')).toHaveLength(1);
    expect(problems(enriched, 'retention.ms', '1000')).toHaveLength(1);
    expect(problems(orgs, 'cleanup.policy', 'delete')).toHaveLength(1);
    for (const requirement of requirements) {
      expect(problems(requirement, 'min.insync.replicas', '1')[0]).toContain('acknowledged');
      expect(problems(requirement, 'unclean.leader.election.enable', 'true')).toHaveLength(1);
    }
    expect(checkTopic(raw, { ...asCreated(raw), partitions: 13 })[0]).toContain(
      '13 partitions instead of 12',
    );
    expect(checkTopic(raw, { ...asCreated(raw), replication: 1 })).toHaveLength(1);
  });

  it('let a cluster of one or two brokers go on with what it has', () => {
    for (const replication of [1, 2]) {
      for (const requirement of topicRequirements(topics, { replication, partitions: 12 }))
        expect(problems(requirement, 'min.insync.replicas', '1')).toEqual([]);
    }
  });

  it('may be more generous than needed', () => {
    expect(problems(raw, 'retention.ms', '-1')).toEqual([]);
    expect(problems(raw, 'max.message.bytes', '500000')).toEqual([]);
    expect(problems(enriched, 'max.message.bytes', '9000000')).toEqual([]);
  });
});

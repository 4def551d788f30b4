import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError, checkTopic, type ActualTopic, type TopicRequirement } from '@auditorium/events';
import kafkajs, { type Admin } from 'kafkajs';
import { silentLog } from './kafka-log.ts';
import { createKafkajs } from './kafkajs-client.ts';

/** How long a topic that was just made may take to be known by every broker, and how often we ask. */
const SETTLING_MS = 15_000;
const SETTLING_PAUSE_MS = 200;
const SETTLING: readonly string[] = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'];

/** What topics must be, and whether to make those that are absent. */
export interface EnsureTopicsOptions {
  readonly brokers: readonly string[];
  readonly requirements: readonly TopicRequirement[];
  /** Create absent topics; otherwise an absent topic is a problem like any other. */
  readonly create: boolean;
}

/**
 * Checks that topics are what the guarantees need, at the start of a service.
 *
 * @throws AuditoriumError `topic-settings` with every problem, one sentence each, also in `facts.problems`.
 */
export async function ensureTopics({ brokers, requirements, create }: EnsureTopicsOptions): Promise<void> {
  const admin = createKafkajs({ brokers, clientId: 'auditorium-topics', log: silentLog }).admin();
  try {
    await admin.connect();
    const problems = create
      ? await createAndCheck(admin, requirements)
      : await findProblems(admin, requirements);
    if (problems.length > 0)
      throw new AuditoriumError('topic-settings', problems.join('; '), { facts: { problems } });
  } catch (error) {
    if (error instanceof AuditoriumError) throw error;
    const message = 'The topics could not be checked: Kafka does not answer';
    throw new AuditoriumError('kafka-unavailable', message, { cause: error, retryable: true });
  } finally {
    await admin.disconnect();
  }
}

/**
 * Several services make the topics at the same moment. One that exists since just now is neither listed nor described
 * by every broker at once, so what is unknown is asked for again until it has had time to settle.
 */
async function createAndCheck(admin: Admin, requirements: readonly TopicRequirement[]): Promise<string[]> {
  for (const until = Date.now() + SETTLING_MS; ; await sleep(SETTLING_PAUSE_MS)) {
    try {
      await createAbsent(admin, requirements);
      const problems = await findProblems(admin, requirements);
      if (!problems.some(isAbsence) || Date.now() > until) return problems;
    } catch (error) {
      const { type } = error as { type?: string };
      if (type === undefined || !SETTLING.includes(type) || Date.now() > until) throw error;
    }
  }
}

const ABSENT = 'does not exist';
const isAbsence = (problem: string): boolean => problem.endsWith(ABSENT);

async function createAbsent(admin: Admin, requirements: readonly TopicRequirement[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  for (const { topic, partitions, replication, settings } of requirements.filter(
    (wanted) => !existing.has(wanted.topic),
  )) {
    const configEntries = settings.map(({ name, create: value }) => ({ name, value }));
    const topics = [{ topic, numPartitions: partitions, replicationFactor: replication, configEntries }];
    await admin.createTopics({ topics, waitForLeaders: true }).catch((error: unknown) => {
      // Another service that starts at the same moment may have been faster; its topic is checked as any other.
      if (!isExisting(error)) throw error;
    });
  }
}

function isExisting(error: unknown): boolean {
  const { type, errors = [] } = error as { type?: string; errors?: unknown[] };
  return type === 'TOPIC_ALREADY_EXISTS' || errors.some(isExisting);
}

async function findProblems(admin: Admin, requirements: readonly TopicRequirement[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const absent = requirements
    .filter(({ topic }) => !existing.has(topic))
    .map(({ topic }) => `${topic} ${ABSENT}`);
  const present = requirements.filter(({ topic }) => existing.has(topic));
  if (present.length === 0) return absent;
  const actual = await describe(
    admin,
    present.map(({ topic }) => topic),
  );
  return [
    ...absent,
    ...present.flatMap((requirement) => checkTopic(requirement, actual.get(requirement.topic) ?? NOTHING)),
  ];
}

const NOTHING: ActualTopic = { partitions: 0, replication: 0, config: {} };

async function describe(admin: Admin, topics: string[]): Promise<Map<string, ActualTopic>> {
  const resources = topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }));
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics }),
    admin.describeConfigs({ resources, includeSynonyms: false }),
  ]);
  const config = new Map(
    configs.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return new Map(
    metadata.topics.map(({ name, partitions }) => [
      name,
      {
        partitions: partitions.length,
        replication: fewestReplicas(partitions),
        config: config.get(name) ?? {},
      },
    ]),
  );
}

function fewestReplicas(partitions: { replicas: number[] }[]): number {
  return Math.min(...partitions.map(({ replicas }) => replicas.length));
}

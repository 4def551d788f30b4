/** The names of the topics. The prefix isolates tests and environments that share a cluster. */
export interface Topics {
  readonly raw: string;
  readonly enriched: string;
  readonly orgs: string;
  readonly actors: string;
  readonly access: string;
}

/** Partitions of every topic unless set otherwise; fixed once events have been written. */
export const DEFAULT_PARTITIONS = 12;

/** The topic names with `prefix` in front. */
export function topicsOf(prefix = ''): Topics {
  return {
    raw: `${prefix}audit.events.raw.v1`,
    enriched: `${prefix}audit.events.enriched.v1`,
    orgs: `${prefix}audit.directory.orgs.v1`,
    actors: `${prefix}audit.directory.actors.v1`,
    access: `${prefix}audit.directory.access.v1`,
  };
}

/** A setting of a topic: the value to create it with, and what an existing topic must satisfy. */
export interface TopicSetting {
  readonly name: string;
  readonly create: string;
  /** `equals` the value created with; a number `at-least` or `at-most` it (−1 is without limit). */
  readonly rule: 'equals' | 'at-least' | 'at-most';
  /** What goes wrong otherwise, for the one sentence shown to the operator. */
  readonly because: string;
}

/** Everything a topic must be for the guarantees to hold. */
export interface TopicRequirement {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  readonly settings: readonly TopicSetting[];
}

/** A topic as the cluster describes it. */
export interface ActualTopic {
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string | undefined>>;
}

const DAY_MS = 86_400_000;
/** Largest record batch that raw takes: Kafka's own default. */
const RAW_BATCH_BYTES = 1_048_588;
/** A verdict's headers and attributes must fit on top of the largest raw record. */
const ENRICHED_BATCH_BYTES = RAW_BATCH_BYTES + 65_536;

const BY_TIME_ONLY: readonly TopicSetting[] = [
  { name: 'cleanup.policy', create: 'delete', rule: 'equals', because: 'compaction would remove events' },
  { name: 'retention.bytes', create: '-1', rule: 'equals', because: 'a burst would push unread events out' },
];

/** The settings that each topic is created with and checked for at start. */
export function topicRequirements(
  topics: Topics,
  size: { readonly replication: number; readonly partitions: number },
): TopicRequirement[] {
  const of = (topic: string, settings: readonly TopicSetting[]): TopicRequirement => ({
    topic,
    ...size,
    settings: [...settings, ...durable(size.replication)],
  });
  return [
    of(topics.raw, rawSettings()),
    of(topics.enriched, enrichedSettings()),
    ...[topics.orgs, topics.actors, topics.access].map((topic) => of(topic, compacted())),
  ];
}

/** What "acknowledged" means: more than one replica has it, and none without it ever leads. */
function durable(replication: number): TopicSetting[] {
  return [
    {
      name: 'min.insync.replicas',
      create: replication > 2 ? '2' : '1',
      rule: 'at-least',
      because: 'losing one broker could lose what was acknowledged',
    },
    {
      name: 'unclean.leader.election.enable',
      create: 'false',
      rule: 'equals',
      because: 'a replica that lacks acknowledged events could become leader',
    },
  ];
}

function rawSettings(): TopicSetting[] {
  return [
    ...BY_TIME_ONLY,
    retention(14),
    {
      name: 'message.timestamp.type',
      create: 'LogAppendTime',
      rule: 'equals',
      because: "acceptedtime and the verdicts' clock are the broker's append time",
    },
    batchBytes(RAW_BATCH_BYTES, 'at-most', 'its verdict could be too large for the enriched topic'),
  ];
}

function enrichedSettings(): TopicSetting[] {
  const because = 'the verdict on a large event could not be written';
  return [...BY_TIME_ONLY, retention(14), batchBytes(ENRICHED_BATCH_BYTES, 'at-least', because)];
}

function compacted(): TopicSetting[] {
  const because = 'the directory is read from its start and must keep the last record of each key';
  return [{ name: 'cleanup.policy', create: 'compact', rule: 'equals', because }];
}

function retention(days: number): TopicSetting {
  const because = `a service that is down for less than ${days} days would lose events`;
  return { name: 'retention.ms', create: String(days * DAY_MS), rule: 'at-least', because };
}

function batchBytes(bytes: number, rule: 'at-least' | 'at-most', because: string): TopicSetting {
  return { name: 'max.message.bytes', create: String(bytes), rule, because };
}

/** What is wrong with an existing topic, one sentence for each problem; empty when nothing is. */
export function checkTopic(requirement: TopicRequirement, actual: ActualTopic): string[] {
  const problems = requirement.settings.flatMap((setting) =>
    checkSetting(requirement.topic, setting, actual),
  );
  if (actual.partitions !== requirement.partitions) {
    problems.unshift(
      `${requirement.topic} has ${actual.partitions} partitions instead of ${requirement.partitions}: an org would change its partition`,
    );
  }
  if (actual.replication < requirement.replication) {
    problems.push(
      `${requirement.topic} has ${actual.replication} replicas instead of ${requirement.replication}: losing a broker could lose acknowledged events`,
    );
  }
  return problems;
}

function checkSetting(topic: string, setting: TopicSetting, actual: ActualTopic): string[] {
  const value = actual.config[setting.name];
  if (value !== undefined && satisfies(setting, value)) return [];
  const wanted =
    setting.rule === 'equals' ? setting.create : `${setting.rule.replace('-', ' ')} ${setting.create}`;
  return [`${topic} has ${setting.name}=${value ?? '(unknown)'} instead of ${wanted}: ${setting.because}`];
}

function satisfies(setting: TopicSetting, value: string): boolean {
  if (setting.rule === 'equals') return value === setting.create;
  const number = Number(value);
  const unlimited = number === -1;
  if (setting.rule === 'at-least') return unlimited || number >= Number(setting.create);
  return !unlimited && number <= Number(setting.create);
}

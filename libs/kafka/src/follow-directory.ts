import { DirectoryView } from '@auditorium/access';
import { accessRecordSchema, orgRecordSchema, type Topics } from '@auditorium/events';
import type { z } from 'zod';
import type { FetchedMessage } from './fetched-batch.ts';
import { followTopic, type Following } from './follow-topic.ts';
import type { KafkaLog } from './kafka-log.ts';

/** The directory's answer to who may do what in which org, kept up to date in memory. */
export interface FollowedDirectory {
  readonly view: DirectoryView;
  /** Resolves once everything is in the view that the directory had published when this began. */
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

export interface FollowDirectoryOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topics: Topics;
  readonly log: KafkaLog;
  /** Told when a topic can be followed no further. To go on would mean to decide by what was true once: end the process. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Follows the directory's topics of orgs and permissions: a revocation is in the view as soon as it is published. One record
 * that nobody can read stops nobody else: of an org, what was known before stays; of permissions, it may take one away,
 * so until one comes that can be read nobody has any in that org.
 */
export function followDirectory(options: FollowDirectoryOptions): Promise<FollowedDirectory> {
  const { topics, onFatal } = options;
  const view = new DirectoryView();
  return Promise.all([
    followRecords(options, topics.orgs, orgRecordSchema, {
      apply: (record, key) => view.applyOrg(record, key),
      unreadable: () => undefined,
    }),
    followRecords(options, topics.access, accessRecordSchema, {
      apply: (record, key) => view.applyAccess(record, key),
      unreadable: (key) => view.applyAccess(null, key),
    }),
  ]).then((followings) => {
    for (const { ended } of followings) ended.catch(onFatal);
    const caughtUp = Promise.all(followings.map((each) => each.caughtUp)).then(() => undefined);
    caughtUp.catch(() => undefined);
    const close = async (): Promise<void> => void (await Promise.all(followings.map((each) => each.close())));
    return { view, caughtUp, close };
  });
}

interface Reader<T> {
  apply(record: T | null, key: string): void;
  unreadable(key: string): void;
}

function followRecords<T>(
  { brokers, clientId, log }: FollowDirectoryOptions,
  topic: string,
  schema: z.ZodType<T>,
  { apply, unreadable }: Reader<T>,
): Promise<Following> {
  const onMessage = ({ key: bytes, value, offset }: FetchedMessage, partition: number): void => {
    const key = bytes?.toString('utf8') ?? '';
    const read = readRecord(schema, value);
    if ('record' in read) return apply(read.record, key);
    log.error({ err: read.error, topic, partition, offset, key }, 'a record of the directory cannot be read');
    unreadable(key);
  };
  return followTopic({ brokers, topic, clientId, log, onMessage });
}

function readRecord<T>(
  schema: z.ZodType<T>,
  value: Buffer | null,
): { record: T | null } | { error: unknown } {
  try {
    return { record: value === null ? null : schema.parse(JSON.parse(value.toString('utf8'))) };
  } catch (error) {
    return { error };
  }
}

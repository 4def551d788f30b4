import { DirectoryView } from '@auditorium/access';
import { accessRecordSchema, AuditoriumError, orgRecordSchema, type Topics } from '@auditorium/events';
import { followTopic, type FetchedMessage } from '@auditorium/kafka';
import type { Logger } from '@auditorium/telemetry';
import type { z } from 'zod';

/** The directory's answer to who may read what, kept up to date in memory. */
export interface FollowedDirectory {
  readonly view: DirectoryView;
  /** Resolves once everything that the directory had published when we started is in the view. */
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

/**
 * Follows the directory's compacted topics: a revocation is in the view as soon as it is published. A record that cannot
 * be read ends the service, because to go on would mean to decide by what was true once.
 */
export async function followDirectory(options: {
  readonly brokers: readonly string[];
  readonly topics: Topics;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}): Promise<FollowedDirectory> {
  const { brokers, topics, log, onFatal } = options;
  const view = new DirectoryView();
  const follow = (topic: string, apply: (message: FetchedMessage) => void) =>
    followTopic({ brokers, topic, log, clientId: 'auditorium-query', onMessage: apply });
  const followings = await Promise.all([
    follow(topics.orgs, (message) => view.applyOrg(recordOf(orgRecordSchema, message), keyOf(message))),
    follow(topics.access, (message) =>
      view.applyAccess(recordOf(accessRecordSchema, message), keyOf(message)),
    ),
  ]);
  for (const { ended } of followings) ended.catch(onFatal);
  const caughtUp = Promise.all(followings.map((following) => following.caughtUp)).then(() => undefined);
  caughtUp.catch(() => undefined);
  return {
    view,
    caughtUp,
    close: async () => void (await Promise.all(followings.map((following) => following.close()))),
  };
}

const keyOf = ({ key }: FetchedMessage): string => key?.toString('utf8') ?? '';

function recordOf<T>(schema: z.ZodType<T>, { value, key, offset }: FetchedMessage): T | null {
  if (value === null) return null;
  try {
    return schema.parse(JSON.parse(value.toString('utf8')));
  } catch (cause) {
    const facts = { key: key?.toString('utf8'), offset };
    throw new AuditoriumError('directory-unreadable', 'a record of the directory cannot be read', {
      cause,
      facts,
    });
  }
}

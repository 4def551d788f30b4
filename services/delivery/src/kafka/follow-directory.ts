import { DirectoryView } from '@auditorium/access';
import { accessRecordSchema, orgRecordSchema, type Topics } from '@auditorium/events';
import { followTopic, type FetchedMessage } from '@auditorium/kafka';
import type { Logger } from '@auditorium/telemetry';

export interface FollowedDirectory {
  readonly view: DirectoryView;
  /** Resolves once the view holds what the topics held at the start. */
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps our own copy of orgs and permissions: what requests are checked against. When it can be followed no further the
 * process ends, because to go on would mean to decide by what was true once.
 */
export async function followDirectory(
  brokers: readonly string[],
  topics: Topics,
  log: Logger,
): Promise<FollowedDirectory> {
  const view = new DirectoryView();
  const follow = (topic: string, apply: Apply, otherwise?: (key: string) => void) =>
    followTopic({
      brokers,
      topic,
      log,
      onMessage: (message) => applyMessage(message, apply, log, otherwise),
    });
  const followings = await Promise.all([
    follow(topics.orgs, (record, key) =>
      view.applyOrg(record === null ? null : orgRecordSchema.parse(record), key),
    ),
    follow(
      topics.access,
      (record, key) => view.applyAccess(record === null ? null : accessRecordSchema.parse(record), key),
      // It may take a permission away: until one comes that can be read, nobody has any in this org.
      (key) => view.applyAccess(null, key),
    ),
  ]);
  // Caught nowhere on purpose.
  void Promise.all(followings.map(({ ended }) => ended));
  return {
    view,
    caughtUp: Promise.all(followings.map((following) => following.caughtUp)).then(() => undefined),
    close: async () => void (await Promise.all(followings.map((following) => following.close()))),
  };
}

type Apply = (record: unknown, key: string) => void;

/** A record that nobody can read is told, and never stops the others; what was known before stays, or `otherwise`. */
function applyMessage(
  message: FetchedMessage,
  apply: Apply,
  log: Logger,
  otherwise?: (key: string) => void,
): void {
  const key = message.key?.toString('utf8') ?? '';
  try {
    apply(message.value === null ? null : JSON.parse(message.value.toString('utf8')), key);
  } catch (err) {
    log.error({ err, key, offset: message.offset }, 'a record of the directory cannot be read');
    otherwise?.(key);
  }
}

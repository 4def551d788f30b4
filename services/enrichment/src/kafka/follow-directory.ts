import type { Topics } from '@auditorium/events';
import { followTopic, type FetchedMessage } from '@auditorium/kafka';
import { counter, type Logger } from '@auditorium/telemetry';
import type { Directory } from '../domain/directory.ts';

/** The directory's topics, followed. */
export interface FollowedDirectory {
  /** Resolves once everything has been read that the topics held at the start. */
  readonly caughtUp: Promise<unknown>;
  close(): Promise<void>;
}

/** Keeps `directory` up to date from the topics of orgs and actors. */
export async function followDirectory(
  brokers: readonly string[],
  topics: Topics,
  directory: Directory,
  log: Logger,
): Promise<FollowedDirectory> {
  const unreadable = counter(
    'auditorium.enrichment.directory_unreadable',
    'Records of the directory that were skipped',
  );
  const follow = (topic: string, apply: (key: string, value: Buffer | null) => boolean) => {
    const onMessage = ({ key, value, offset }: FetchedMessage, partition: number): void => {
      if (key !== null && apply(key.toString('utf8'), value)) return;
      // What it said before still stands; an event must not wait for somebody to mend a name.
      unreadable.add(1);
      log.error({ topic, partition, offset }, 'a record of the directory cannot be read and is skipped');
    };
    return followTopic({ brokers, topic, onMessage, log, clientId: 'auditorium-enrichment' });
  };
  const followed = await Promise.all([
    follow(topics.orgs, (key, value) => directory.applyOrg(key, value)),
    follow(topics.actors, (key, value) => directory.applyActor(key, value)),
  ]);
  // A topic that can be followed no further is caught nowhere on purpose: the process ends, rather than go on with names and
  // roles of a moment ago without a word.
  void Promise.all(followed.map(({ ended }) => ended));
  const caughtUp = Promise.all(followed.map((topic) => topic.caughtUp));
  caughtUp.catch((err: unknown) => log.error({ err }, 'the directory cannot be followed'));
  const close = async (): Promise<void> => {
    await Promise.all(followed.map((topic) => topic.close()));
  };
  return { caughtUp, close };
}

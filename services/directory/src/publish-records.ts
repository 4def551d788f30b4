import { partitionOf } from '@auditorium/events';
import type { Topics } from '@auditorium/events';
import { splitForSend } from '@auditorium/kafka';
import type { OutMessage, Producer } from '@auditorium/kafka';
import type { Reached } from '@auditorium/telemetry';
import type { Queryable } from './postgres/organisation-stream.ts';
import { readRecords } from './postgres/read-records.ts';
import { postpone, readDue, strikeOut } from './postgres/unpublished.ts';
import type { RecordKind, Unpublished } from './postgres/unpublished.ts';

/** Killed before the send or after it: the rows are still there, and the records are sent, or sent again, at the next start. */
export const PUBLISH_CRASH_POINTS = ['publish-records.before-send', 'publish-records.after-send'] as const;
export type PublishCrashPoint = (typeof PUBLISH_CRASH_POINTS)[number];

export interface PublishDependencies {
  /** The session that holds the publisher's lock: when it is gone, so is the right to strike anything out. */
  readonly session: Queryable;
  readonly producer: Producer;
  readonly topics: Topics;
  readonly partitions: number;
  readonly reached: Reached<PublishCrashPoint>;
  /**
   * Records, as `topic key`, of which an older version may still be on its way to Kafka: those that a publisher before us
   * was sending when it died, and those whose send failed. An old version that arrives after the new one would be what
   * compaction keeps; so they are sent a second time, later.
   */
  readonly doubtful: Set<string>;
  /** Marks records as changed, on any other connection. */
  readonly remark: (rows: readonly Unpublished[]) => Promise<void>;
}

const BATCH = 500;
/** Longer than a request of a dead process can stay on its way to a broker. */
const SECOND_SEND_S = 30;

/**
 * Publishes the oldest records that changed, each in the version it has now, and strikes them out where they did not
 * change meanwhile. One partition a send, a key always in the same one. Returns how many were due.
 * @throws AuditoriumError from the producer, after what could be sent was struck out.
 */
export async function publishRecords(dependencies: PublishDependencies): Promise<number> {
  const { session, reached, doubtful } = dependencies;
  const due = await readDue(session, BATCH);
  if (due.length === 0) return 0;
  const lanes = await lanesOf(dependencies, due);
  await reached('publish-records.before-send');
  const sends = await Promise.allSettled(lanes.map((lane) => sendLane(dependencies, lane)));
  await reached('publish-records.after-send');
  const done = lanes.filter((_, i) => sends[i]?.status === 'fulfilled').flatMap(({ rows }) => rows);
  const twice = done.filter((row) => doubtful.has(nameOf(row)));
  await settle(dependencies, done, twice);
  for (const row of twice) doubtful.delete(nameOf(row));
  const failed = sends.find((send) => send.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return due.length;
}

/**
 * Strikes out what Kafka has. A session that is lost by now may have been lost before the send was over, and then another
 * publisher may have sent something newer first: so the records are marked as changed, for whoever publishes now.
 */
async function settle(
  { session, remark, doubtful }: PublishDependencies,
  done: Unpublished[],
  twice: Unpublished[],
): Promise<void> {
  try {
    await postpone(session, twice, SECOND_SEND_S);
    await strikeOut(
      session,
      done.filter((row) => !doubtful.has(nameOf(row))),
    );
  } catch (error) {
    await remark(done);
    throw error;
  }
}

/** How `doubtful` names a record. */
export function nameOf({ topic, key }: Pick<Unpublished, 'topic' | 'key'>): string {
  return `${topic} ${key}`;
}

interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly rows: Unpublished[];
  readonly messages: OutMessage[];
}

async function lanesOf(
  { session, topics, partitions }: PublishDependencies,
  due: readonly Unpublished[],
): Promise<Lane[]> {
  const lanes = new Map<string, Lane>();
  for (const kind of ['orgs', 'access', 'actors'] as const satisfies RecordKind[]) {
    const rows = due.filter(({ topic }) => topic === kind);
    const records =
      rows.length === 0
        ? new Map()
        : await readRecords(
            session,
            kind,
            rows.map(({ key }) => key),
          );
    for (const row of rows) {
      const partition = partitionOf(row.org, partitions);
      const lane = lanes.get(`${kind}/${String(partition)}`) ?? {
        topic: topics[kind],
        partition,
        rows: [],
        messages: [],
      };
      lanes.set(`${kind}/${String(partition)}`, lane);
      const record: unknown = records.get(row.key);
      lane.rows.push(row);
      lane.messages.push({
        key: row.key,
        value: record === undefined ? null : Buffer.from(JSON.stringify(record)),
      });
    }
  }
  return [...lanes.values()];
}

async function sendLane(
  { producer, doubtful }: PublishDependencies,
  { topic, partition, rows, messages }: Lane,
): Promise<void> {
  try {
    for (const send of splitForSend(messages)) await producer.send(topic, partition, send);
  } catch (error) {
    for (const row of rows) doubtful.add(nameOf(row));
    // Nothing overtakes: the next round sends each key's newest version again.
    producer.reset(topic, partition);
    throw error;
  }
}

import { DEFAULT_PARTITIONS, topicRequirements, topicsOf } from '@auditorium/events';
import type { Producer } from '@auditorium/kafka';
import { createProducer, ensureTopics, logOffsets, readPartition } from '@auditorium/kafka';
import { topicPrefix, uniqueName, useServers } from '@auditorium/testing';

export const PARTITIONS = DEFAULT_PARTITIONS;

/** A raw record as enrichment sees it. */
export interface Raw {
  readonly partition: number;
  readonly org: string;
  readonly line: string;
  readonly outbox: string | undefined;
  readonly sequence: number;
}

/** A raw topic of its own and a producer. */
export async function rawTopic(): Promise<{ brokers: string[]; topic: string; producer: Producer }> {
  const { kafkaBrokers: brokers } = await useServers();
  const topics = topicsOf(topicPrefix());
  const requirements = topicRequirements(topics, { replication: 1, partitions: PARTITIONS });
  await ensureTopics({
    brokers,
    create: true,
    requirements: requirements.filter(({ topic }) => topic === topics.raw),
  });
  return {
    brokers,
    topic: topics.raw,
    producer: createProducer({ brokers, clientId: `sdk-test-${uniqueName()}` }),
  };
}

/** Everything in the topic, each partition in its order. */
export async function readRaw(brokers: string[], topic: string): Promise<Raw[]> {
  const raw: Raw[] = [];
  for (const partition of (await logOffsets(brokers, topic)).keys()) {
    for await (const batch of readPartition({ brokers, topic, partition, from: 0 })) {
      for (const { key, value, headers } of batch.messages) {
        raw.push({
          partition,
          org: String(key),
          line: String(value),
          outbox: headers['outbox'] === undefined ? undefined : String(headers['outbox']),
          sequence: Number(headers['outbox-seq'] === undefined ? -1 : String(headers['outbox-seq'])),
        });
      }
    }
  }
  return raw;
}

/** What enrichment keeps of it: a number at or below the mark must be a repeat of the same bytes. */
export function keptOf(raw: readonly Raw[]): Raw[] {
  const marks = new Map<string, { last: number; lines: Set<string> }>();
  return raw.filter((record) => {
    const name = `${record.outbox} in ${record.partition}`;
    const mark = marks.get(name) ?? { last: -1, lines: new Set() };
    marks.set(name, mark);
    const isNew = record.sequence > mark.last;
    if (!isNew && !mark.lines.has(record.line))
      throw new Error(`number ${record.sequence} of ${name} was used again`);
    mark.last = Math.max(mark.last, record.sequence);
    mark.lines.add(record.line);
    return isNew;
  });
}

/** Waits until something becomes true. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`waited in vain for ${what}`);
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditoriumError } from '@auditorium/events';
import type { Producer } from '@auditorium/kafka';
import { createAudit, createImporterProducer } from '../src/index.ts';
import { keptOf, PARTITIONS, rawTopic, readRaw } from './support/raw-topic.ts';
import { catalogue } from './support/shop-catalogue.ts';

let kafka: { brokers: string[]; topic: string; producer: Producer };

beforeAll(async () => {
  kafka = await rawTopic();
});

afterAll(() => kafka?.producer.close());

const event = {
  action: 'project.deleted',
  org: 'org_emit',
  actor: { type: 'user', id: 'u' },
  targets: [{ type: 'project', id: 'p' }],
} as const;

const of = async (org: string) =>
  (await readRaw(kafka.brokers, kafka.topic)).filter((raw) => raw.org === org);

test('emit resolves when Kafka has the event, and can say which it was', async () => {
  const audit = createAudit({ source: 'shop', catalogue, emitting: { ...kafka, partitions: PARTITIONS } });
  const { id } = await audit.emit(event);
  const found = await of('org_emit');
  expect(found.map(({ line, outbox }) => [JSON.parse(line).id, outbox])).toEqual([[id, undefined]]);
});

test('an answer that was lost is asked for again with the same bytes, so that it is kept once', async () => {
  let sends = 0;
  const producer: Producer = {
    ...kafka.producer,
    send: async (topic, partition, messages) => {
      sends += 1;
      const answer = await kafka.producer.send(topic, partition, messages);
      if (sends === 1)
        throw new AuditoriumError('producer-failed', 'the answer was lost', { retryable: true });
      return answer;
    },
  };
  const emitting = { producer, topic: kafka.topic, partitions: PARTITIONS };
  await createAudit({ source: 'shop', catalogue, emitting }).emit({ ...event, org: 'org_twice' });
  const found = await of('org_twice');
  expect(found).toHaveLength(2);
  expect(found[0]?.line).toBe(found[1]?.line);
});

test('an event that Kafka did not take is an error to the caller', async () => {
  const producer: Producer = {
    ...kafka.producer,
    send: () => Promise.reject(new AuditoriumError('producer-failed', 'no leader')),
  };
  const audit = createAudit({
    source: 'shop',
    catalogue,
    emitting: { ...kafka, producer, partitions: PARTITIONS },
  });
  await expect(audit.emit(event)).rejects.toMatchObject({ code: 'producer-failed' });
  const unconfigured = createAudit({ source: 'shop', catalogue });
  await expect(unconfigured.emit(event)).rejects.toMatchObject({ code: 'settings-invalid' });
});

test('an import keeps its numbers over failed sends and when it is begun again', async () => {
  let sends = 0;
  const producer: Producer = {
    ...kafka.producer,
    send: async (topic, partition, messages) => {
      sends += 1;
      if (sends === 2) throw new Error('not sent');
      return kafka.producer.send(topic, partition, messages);
    },
  };
  const importer = createImporterProducer({
    producer,
    topic: kafka.topic,
    partitions: PARTITIONS,
    org: 'org_import',
    outbox: 'import/x',
  });
  const events = Array.from({ length: 50 }, (_none, n) => ({
    line: Buffer.from(JSON.stringify({ n, filler: 'x'.repeat(40_000) })),
    sequence: n * 1000,
  }));
  await importer.sendEvents(events);
  await importer.sendEvents(events);
  const kept = keptOf(await of('org_import'));
  expect(kept.map(({ line, sequence }) => [JSON.parse(line).n, sequence])).toEqual(
    events.map((_event, n) => [n, n * 1000]),
  );
});

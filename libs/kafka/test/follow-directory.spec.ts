import { partitionOf, topicRequirements, topicsOf } from '@auditorium/events';
import { topicPrefix, useServers } from '@auditorium/testing';
import { expect, it } from 'vitest';
import { createProducer, ensureTopics, followDirectory, silentLog } from '../src/index.ts';

it('WS5 a record of permissions that cannot be read gives nobody what it may have taken away', async () => {
  const { kafkaBrokers: brokers } = await useServers();
  const topics = topicsOf(topicPrefix());
  await ensureTopics({
    brokers,
    requirements: topicRequirements(topics, { partitions: 1, replication: 1 }),
    create: true,
  });
  const producer = createProducer({ brokers, clientId: 'test' });
  const failures: unknown[] = [];
  const send = (topic: string, value: string) =>
    producer.send(topic, partitionOf('org_acme', 1), [{ key: 'org_acme', value: Buffer.from(value) }]);
  const access = (version: number) =>
    JSON.stringify({ org: 'org_acme', version, members: [{ user: 'u_ada', admin: true, permissions: [] }] });
  const org = { org: 'org_acme', slug: 'acme', name: 'Acme', plan: 'enterprise', version: 1 };
  await send(topics.orgs, JSON.stringify(org));
  await send(topics.access, access(1));
  await send(topics.access, '{"org":"org_acme","version":2,');
  const { view, caughtUp, close } = await followDirectory({
    brokers,
    clientId: 'test',
    topics,
    log: silentLog,
    onFatal: (error) => void failures.push(error),
  });
  await caughtUp;
  expect(view.membership('acme', 'u_ada')).toBeUndefined();
  await send(topics.access, access(3));
  while (view.membership('acme', 'u_ada') === undefined) await new Promise((done) => setTimeout(done, 50));
  expect(failures).toEqual([]);
  await close();
  await producer.close();
});

import { encodeEnrichedHeaders, partitionOf } from '@auditorium/events';
import { logOffsets, readPartition } from '@auditorium/kafka';
import { createPool } from '@auditorium/postgres';
import { afterAll, expect, it } from 'vitest';
import { copyDatabase } from './back-up.ts';
import { connect, lineOf, objectsOf } from './courier-harness.ts';
import { type PretendedDirectory, pretendDirectory } from './pretend-directory.ts';
import { PARTITIONS, startService } from './service-harness.ts';

type Service = Awaited<ReturnType<typeof startService>>;

const org = ['org_a', 'org_b', 'org_c', 'org_d'].find((id) => partitionOf(id, PARTITIONS) === 0)!;
let directory: PretendedDirectory;
let service: Service | undefined;
afterAll(async () => {
  await service?.stop();
  directory.close();
});

let events = 0;
let judged = 0;

/** Events of the org in raw, and enrichment's part for all that lies there: accepted as it is, once. */
async function produce({ producer, topics, delivery }: Service, count: number): Promise<void> {
  const lines = Array.from({ length: count }, () => Buffer.from(lineOf(org, (events += 1))));
  if (count > 0)
    await producer.send(
      topics.raw,
      0,
      lines.map((value) => ({ key: org, value })),
    );
  const brokers = delivery.settings.AUDITORIUM_KAFKA_BROKERS;
  const end = (await logOffsets(brokers, topics.raw)).get(0)?.end ?? 0;
  if (judged === end) return;
  for await (const batch of readPartition({
    brokers,
    topic: topics.raw,
    partition: 0,
    from: judged,
    to: end,
  })) {
    const verdicts = batch.messages.map(({ offset: rawOffset, key, value }) => {
      const headers = encodeEnrichedHeaders({
        verdict: 'accepted',
        rawOffset,
        rawFrom: rawOffset,
        digest: '00',
      });
      return { key, value, headers };
    });
    await producer.send(topics.enriched, 0, verdicts);
  }
  judged = end;
}

/** Until everything in raw is sealed and delivered; what `reconcile` then says. */
async function settled(of: Service) {
  const read = async () => (await of.get('/api/v1/orgs/acme/reconciliation', 'u_operator')).json();
  const isQuiet = async () => {
    await produce(of, 0);
    const { head, destinations = [] } = await read();
    return head === judged && destinations[0]?.delivered === head;
  };
  await expect.poll(isQuiet, { timeout: 90_000, interval: 300 }).toBe(true);
  return read();
}

it('a service over a database restored to an earlier moment seals and delivers nothing twice, and adds up', async () => {
  directory = await pretendDirectory();
  const first = (service = await startService({ AUDITORIUM_DIRECTORY_URL: directory.url }));
  const { topics, publish, delivery } = first;
  await publish(topics.orgs, org, org, { org, slug: 'acme', name: 'Acme', plan: 'enterprise', version: 1 });
  const members = [{ user: 'u_operator', admin: true, permissions: [] }];
  await publish(topics.access, org, org, { org, version: 1, members });
  const { customer } = await connect(delivery.pool, org);
  await produce(first, 30);
  await settled(first);

  const { settings } = delivery;
  const restored = await copyDatabase(settings.AUDITORIUM_DATABASE_URL);
  for (const count of [20, 25]) {
    await produce(first, count);
    await settled(first);
  }
  const sent = await objectsOf(customer);
  await first.stop();

  const pool = createPool({ url: restored, applicationName: 'test' });
  await pool.query('UPDATE delivery.audit_outbox_origin SET id = gen_random_uuid()');
  const second = (service = await startService({
    AUDITORIUM_DIRECTORY_URL: directory.url,
    AUDITORIUM_DATABASE_URL: restored,
    AUDITORIUM_TOPIC_PREFIX: settings.AUDITORIUM_TOPIC_PREFIX,
    AUDITORIUM_LEDGER_BUCKET: settings.AUDITORIUM_LEDGER_BUCKET,
  }));
  await produce(second, 10);
  const answer = await settled(second);
  expect(answer).toMatchObject({ addsUp: true, head: judged, problems: [] });

  const objects = await objectsOf(customer);
  expect(objects.slice(0, sent.length)).toEqual(sent);
  const lines = objects.flatMap((object) => object.lines);
  expect(lines).toHaveLength(judged);
  expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(judged);
  const keys = [];
  for await (const { key } of second.delivery.store.list('segments/00000/')) keys.push(key);
  const { rows } = await pool.query<{ key: string }>(
    "SELECT key FROM delivery.segment WHERE partition = 0 AND state = 'sealed' ORDER BY raw_last",
  );
  expect(rows.map(({ key }) => key)).toEqual(keys);
  await pool.end();
}, 240_000);

import { DEFAULT_PARTITIONS, partitionOf, topicsOf } from '@auditorium/events';
import { logOffsets } from '@auditorium/kafka';
import kafkajs from 'kafkajs';
import { afterAll, expect, inject, it } from 'vitest';
import {
  enrichedOf,
  eventually,
  reconciliationOf,
  rejectedAt,
  runCli,
  settled,
  signalService,
} from '../src/index.ts';

const running = inject('running');
const org = 'org_acme';
const partition = partitionOf(org, DEFAULT_PARTITIONS);
const topic = topicsOf().raw;
const brokers = [...running.local.kafkaBrokers];

afterAll(async () => {
  await signalService(running, 'enrichment', 'SIGCONT');
  await signalService(running, 'demoProduct', 'SIGCONT');
});

const emit = async (target: string): Promise<void> => {
  const event = ['emit', 'project.renamed', '--org', 'acme', '--actor', 'user/u_ada', '--target', target];
  expect((await runCli(running, ...event)).code).toBe(0);
};

/** Deletes what raw holds of the partition before this offset, as retention does. */
async function expire(offset: number): Promise<void> {
  const admin = new kafkajs.Kafka({ clientId: 'admin', brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  // Loads the metadata that deleteTopicRecords takes for granted.
  await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  await admin.disconnect();
}

interface Shown {
  standing: { partition: number; where: string; code: string; range: { from: number; to: number } | null }[];
  losses: { partition: number; from: number; to: number; reason: string }[];
}

const shown = async (): Promise<Shown> =>
  JSON.parse((await runCli(running, 'gap', 'show', '--json')).stdout) as Shown;

it('raw that expired under an enrichment that was away: shown, accepted, written down, and the path goes on', async () => {
  await signalService(running, 'demoProduct', 'SIGSTOP');
  await emit('project/before');
  const before = await settled(running, 'acme');
  await signalService(running, 'enrichment', 'SIGSTOP');
  for (const target of ['project/lost_1', 'project/lost_2', 'project/after']) await emit(target);
  const end = (await logOffsets(brokers, topic)).get(partition)!.end;
  await expire(end - 1);
  await signalService(running, 'enrichment', 'SIGCONT');

  const range = { from: end - 3, to: end - 2 };
  const standing = await eventually('the loss is shown', async () =>
    (await shown()).standing.find(({ code }) => code === 'raw-loss'),
  );
  expect(standing).toMatchObject({ partition, where: 'enrichment', range });
  const ready = await fetch(`${running.local.services.enrichment}/readyz`);
  expect(await ready.json()).toMatchObject({ checks: { raw: `raw-loss: partition ${partition}` } });
  const { code, reconciliation } = await reconciliationOf(running, 'acme');
  expect(code).toBe(1);
  expect(reconciliation.problems.map(({ name }) => name)).toContain('enrichment');

  const accept = (to: number) => {
    const words = `gap accept --partition ${partition} --from ${range.from} --to ${to} --reason`;
    return runCli(running, ...words.split(' '), 'retention was set to an hour');
  };
  expect(await accept(range.to + 1)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('what is gone'),
  });
  expect((await accept(range.to)).code).toBe(0);
  expect((await accept(range.to)).stdout).toContain('before');

  const after = await settled(running, 'acme');
  expect(after.head).toBe(before.head + 1);
  const { ledger } = after.partition;
  expect(ledger.rejected).toBe(before.partition.ledger.rejected + 1);
  expect(ledger.holes).toBe(before.partition.ledger.holes + 1);
  expect(await rejectedAt(running, partition, range.to)).toMatchObject({
    code: 'raw-lost',
    rawFrom: range.from,
    rawOffset: range.to,
    key: null,
    value: null,
  });
  const quarantine = await runCli(running, 'quarantine', 'list', '--code', 'raw-lost', '--json');
  expect(JSON.parse(quarantine.stdout)).toMatchObject({
    key: `${partition}-${range.to}`,
    rawFrom: range.from,
  });
  const said = await eventually('the decision is in the log of the platform', async () =>
    (await enrichedOf(running, 'auditorium')).find(({ line }) => line.includes('gap.loss-accepted')),
  );
  expect(said.line).toContain('retention was set to an hour');
  expect((await runCli(running, 'gap', 'show')).code).toBe(0);
  expect((await shown()).losses).toMatchObject([{ partition, ...range }]);
});

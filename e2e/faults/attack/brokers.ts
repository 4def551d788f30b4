import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import type { FaultServers } from '../system/fault-servers.ts';

/** With less than all replicas in step, a second broker that dies could stop a partition, or lose one. */
const IN_STEP_MS = 180_000;
const RESTARTS = 5;

/** Kills the leader of a partition, starts it again after `ms`, and waits until every replica is in step again. */
export async function killLeader(
  { kafka }: FaultServers,
  topic: string,
  partition: number,
  ms: number,
): Promise<void> {
  const leader = await withAdmin(kafka.addresses, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader ?? 1;
  });
  // Nodes are numbered from 1 in the order of the cluster.
  const node = kafka.nodes[leader - 1] ?? kafka.nodes[0]!;
  await node.kill();
  await sleep(ms);
  await restartPatiently(node);
  await inStep(kafka.addresses);
}

/** A server that is not ready in time is killed by whoever waits for it; on a machine with much to do the next try may do better. */
export async function restartPatiently(server: { restart(): Promise<void> }): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await server.restart();
    } catch (error) {
      if (tries === RESTARTS) throw error;
    }
  }
}

/** Waits until every partition of every topic has all its replicas in step. */
export async function inStep(brokers: readonly string[]): Promise<void> {
  const until = Date.now() + IN_STEP_MS;
  for (let behind: string[] = ['?']; ; await sleep(500)) {
    behind = await withAdmin(brokers, behindIn).catch((error: unknown) => [String(error)]);
    if (behind.length === 0) return;
    if (Date.now() > until) throw new Error(`replicas stay behind: ${behind.slice(0, 5).join(', ')}`);
  }
}

async function behindIn(admin: Admin): Promise<string[]> {
  const { topics } = await admin.fetchTopicMetadata();
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ isr, replicas, leader }) => leader < 0 || isr.length < replicas.length)
      .map(({ partitionId }) => `${name}/${partitionId}`),
  );
}

async function withAdmin<T>(brokers: readonly string[], work: (admin: Admin) => Promise<T>): Promise<T> {
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin({ retry: { retries: 3 } });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

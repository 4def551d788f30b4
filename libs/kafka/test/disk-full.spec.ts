import { join } from 'node:path';
import { freePort, startKafka } from '@auditorium/local';
import { mountSmallDisk } from '@auditorium/testing';
import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { createProducer, readPartition } from '../src/index.ts';
import { text } from './kafka-topic.ts';

const small = mountSmallDisk(48);
if (small === undefined) process.stderr.write('skipped: this process may not mount a file system to fill\n');

/** Hardly packs, so that the disk fills; its number first. */
const numbered = (n: number) => ({
  key: 'k',
  value: Buffer.from(`${n} ${randomBytes(300_000).toString('base64')}`),
});

it.skipIf(small === undefined)(
  'a broker whose disk is full acknowledges nothing more, and with room has everything that it acknowledged, in order',
  async () => {
    const disk = small as NonNullable<typeof small>;
    const port = await freePort();
    const begin = () => startKafka({ dataDir: join(disk.folder, 'kafka'), ports: [port] });
    const cluster = await begin();
    const brokers = cluster.addresses;
    const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'full', numPartitions: 1, replicationFactor: 1 }] });
    await admin.disconnect();
    const producer = createProducer({ brokers, clientId: 'test' });
    let acknowledged = 0;
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        const sent = await producer.send('full', 0, [numbered(acknowledged)]).catch(() => undefined);
        if (sent === undefined) producer.reset('full', 0);
        else acknowledged += 1;
      }
    })();
    await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(10);
    disk.fill(1_000_000);
    // Until nothing has been acknowledged for a while: it stands, it does not throw anything away to go on.
    let stood = -1;
    while (stood !== acknowledged) {
      stood = acknowledged;
      await new Promise((resolve) => setTimeout(resolve, 4_000));
    }
    disk.makeRoom();
    await cluster.stop();
    const again = await begin();
    await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(stood + 3);
    isOver = true;
    await sending;
    const found: number[] = [];
    for await (const { messages } of readPartition({ brokers, topic: 'full', partition: 0, from: 0 }))
      found.push(...messages.map((message) => Number(text(message).split(' ')[0])));
    // One that was in doubt may lie there twice; none is missing, and none overtakes.
    expect([...new Set(found)]).toEqual(Array.from({ length: new Set(found).size }, (_none, n) => n));
    expect(new Set(found).size).toBeGreaterThanOrEqual(acknowledged);
    await producer.close();
    await again.stop();
    disk.remove();
  },
  240_000,
);

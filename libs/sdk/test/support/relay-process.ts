/** A relay in a process of its own, to be killed as a power cut would: `relay-process.ts <settings as JSON>`. */
import { createProducer } from '@auditorium/kafka';
import pg from 'pg';
import { createRelay } from '../../src/index.ts';

const { url, brokers, topic, partitions } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string;
  brokers: string[];
  topic: string;
  partitions: number;
};
const pool = new pg.Pool({ connectionString: url });
pool.on('error', () => undefined);
const producer = createProducer({ brokers, clientId: `relay-${process.pid}` });
const log = { info: () => undefined, warn: () => undefined };
createRelay({ pool, producer, topic, partitions, log, pollMs: 5, retryMs: 50 }).start();

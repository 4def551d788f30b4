/** Stops kafkajs' own runner at the moment in which it makes its fetchers anew, and ends with 0 once it has stopped. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { amendKafkajs } from '../src/index.ts';

interface Runner {
  start(): Promise<void>;
  stop(): Promise<void>;
}

amendKafkajs();
const kafkajs = createRequire(createRequire(import.meta.url).resolve('kafkajs'));
const RunnerOf = kafkajs('./src/consumer/runner') as new (options: object) => Runner;

const brokers = ['1'];
let stopped: Promise<void> | undefined;
const nothing = () => Promise.resolve();
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, namespace: (): object => log };
const group = {
  groupId: 'group',
  memberId: 'member',
  connect: nothing,
  joinAndSync: nothing,
  leave: nothing,
  heartbeat: nothing,
  getNodeIds: () => {
    // Asked once to make the fetchers, then before each fetch: another broker comes, and somebody stops the consumer.
    if (brokers.length === 2 && stopped === undefined) queueMicrotask(() => (stopped = runner.stop()));
    return [...brokers];
  },
  fetch: async () => {
    await sleep(10);
    brokers.push('2');
    return [];
  },
};
const runner = new RunnerOf({
  logger: log,
  consumerGroup: group,
  instrumentationEmitter: { emit: () => undefined },
  onCrash: () => undefined,
  retry: {},
});
await runner.start();
while (stopped === undefined) await sleep(5);
await stopped;

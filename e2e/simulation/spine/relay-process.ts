import { createRelay } from '../../../libs/sdk/src/relay.ts';
import { simProducer } from '../kafka/sim-producer.ts';
import { SimPool } from '../postgres/sim-pool.ts';
import type { Running } from './enricher.ts';
import { logOf, OUTBOX_SCHEMA, type Stage } from './stage.ts';

/** Longer than the relay's own, to save events of the simulation: how often an empty outbox is looked at changes nothing. */
const POLL_MS = 1000;

/** A process of the product that runs a relay; several of them share the shards. */
export function startRelay(stage: Stage, name: string): Running {
  const { world, kafka, topics, partitions, product } = stage;
  const process = world.process(name);
  let stop = (): void => process.kill();
  process.run(() => {
    const relay = createRelay({
      pool: new SimPool(product, process) as never,
      schema: OUTBOX_SCHEMA,
      producer: simProducer(kafka),
      topic: topics.raw,
      partitions,
      log: logOf(world, name),
      reached: process.reached,
      pollMs: POLL_MS,
    });
    relay.start();
    stop = () => void relay.close().then(() => process.kill());
  });
  return { process, stop: () => process.deliver(() => stop()) };
}

import { createRelay } from '../../../libs/sdk/src/relay.ts';
import { simProducer } from '../kafka/sim-producer.ts';
import { SimPool } from '../postgres/sim-pool.ts';
import type { Running } from './enricher.ts';
import { logOf, OUTBOX_SCHEMA, type Stage } from './stage.ts';

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
    });
    relay.start();
    stop = () => void relay.close().then(() => process.kill());
  });
  return { process, stop: () => process.deliver(() => stop()) };
}

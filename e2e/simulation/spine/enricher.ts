import { isAuditoriumError } from '@auditorium/events';
import type { PartitionSource, PartitionTask } from '@auditorium/kafka';
import { Directory } from '../../../services/enrichment/src/domain/directory.ts';
import { isFinal } from '../../../services/enrichment/src/domain/is-final.ts';
import { EnrichmentSource } from '../../../services/enrichment/src/kafka/enrichment-source.ts';
import { EnrichmentWatch } from '../../../services/enrichment/src/kafka/enrichment-watch.ts';
import { consume } from '../kafka/sim-consumer.ts';
import { simProducer } from '../kafka/sim-producer.ts';
import { simLogs } from '../kafka/sim-reader.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { SimPool } from '../postgres/sim-pool.ts';
import { logOf, type Stage, type Stop } from './stage.ts';

/** As open-enrichment.ts has it, and scaled as `SAVE_WHOLE_MS` is. */
const QUERY_TIMEOUT_MS = 10_000;
const SAVE_MS = 6000;
const HOUR_MS = 3_600_000;

/** A running service of the simulation. */
export interface Running {
  readonly process: SimProcess;
  /** SIGTERM: it finishes what it does, and ends. */
  stop(): void;
}

/** The enrichment service as open-enrichment.ts puts it together, over simulated servers. */
export function startEnricher(stage: Stage, name: string, group = 'enrichment'): Running {
  const { world, kafka, topics, partitions, platform } = stage;
  const process = world.process(name);
  process.clockSkewMs = Math.round((world.random.float() - 0.5) * 60 * HOUR_MS);
  let stop = (): void => process.kill();
  process.start(async () => {
    const log = logOf(world, name);
    const directory = directoryOf(stage);
    const logs = simLogs(kafka);
    const source = new EnrichmentSource({
      pool: new SimPool(platform, process, { queryTimeoutMs: QUERY_TIMEOUT_MS }).pool,
      producer: simProducer(kafka),
      logs,
      topics,
      enriched: topics.enriched,
      partitions,
      directory,
      watch: new EnrichmentWatch(log, directory),
      log,
      now: () => Date.now(),
      reached: process.reached,
    });
    const told = new WeakMap<object, number>();
    const onFatal = (error: unknown): void => void stage.stops.push(stopOf('enrichment', error, told));
    const consumption = await consume(kafka, group, {
      topic: topics.raw,
      source: remembering(source, told),
      log,
      isFatal: isFinal,
      onFatal,
    });
    const saver = setInterval(() => void source.lookAfterQuiet().catch(() => undefined), SAVE_MS);
    stop = () => {
      clearInterval(saver);
      void consumption.close().then(() => process.kill());
    };
  });
  return { process, stop: () => process.deliver(() => stop()) };
}

/** Each enricher's directory is of another moment. */
function directoryOf({ world, sent }: Stage): Directory {
  const directory = new Directory();
  for (const org of new Set(sent.all.map((event) => event.org))) {
    if (!world.random.chance(0.5)) continue;
    const record = { org, name: `Org ${world.random.int(9)}`, slug: 'org', version: 1 };
    directory.applyOrg(org, Buffer.from(JSON.stringify(record)));
  }
  return directory;
}

/** A source that notes which partition an error is of. */
export function remembering(source: PartitionSource, told: WeakMap<object, number>): PartitionSource {
  const noting =
    (partition: number) =>
    (error: unknown): never => {
      told.set(error as object, partition);
      throw error;
    };
  return {
    async open(partition) {
      const { next, task } = await source.open(partition).catch(noting(partition));
      const take: PartitionTask['take'] = (batch) => task.take(batch).catch(noting(partition));
      const { failed } = task;
      return { next, task: { take, close: (reason) => task.close(reason), ...(failed && { failed }) } };
    },
  };
}

export function stopOf(service: string, error: unknown, told?: WeakMap<object, number>): Stop {
  if (!isAuditoriumError(error)) return { service, partition: undefined, code: String(error) };
  const partition = told?.get(error) ?? (error.facts['partition'] as number | undefined);
  return { service, partition, code: error.code };
}

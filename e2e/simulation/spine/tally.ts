import { decideTake, decodeEnrichedHeaders } from '@auditorium/events';
import type { FetchedBatch, PartitionSource, PartitionTask } from '@auditorium/kafka';
import { consume } from '../kafka/sim-consumer.ts';
import type { World } from '../kernel/world.ts';
import { stopOf, type Running } from './enricher.ts';
import { logOf, type Stage } from './stage.ts';

/** A message that was taken. */
export interface Taken {
  readonly rawOffset: number;
  readonly org: string;
  readonly verdict: 'accepted' | 'rejected' | 'repeat';
  readonly digest: string;
  readonly value: Buffer | null;
}

/** What a consumer of enriched has made durable of one partition. */
export interface Tally {
  epoch: number;
  next: number;
  last: number;
  taken: Taken[];
}

/**
 * A consumer of enriched that does nothing but keep the consumer rule: position and results in one transaction, under an
 * epoch. It sees enriched as every consumer of ours does, through the real lanes.
 */
export function startTally(stage: Stage, tallies: Tally[], name: string): Running {
  const { world, kafka, topics } = stage;
  const process = world.process(name);
  let stop = (): void => process.kill();
  process.start(async () => {
    const onFatal = (error: unknown): void => void stage.stops.push(stopOf('tally', error));
    const consumption = await consume(kafka, 'tally', {
      topic: topics.enriched,
      source: sourceOf(stage, tallies),
      log: logOf(world, name),
      onFatal,
    });
    stop = () => void consumption.close().then(() => process.kill());
  });
  return { process, stop: () => process.deliver(() => stop()) };
}

function sourceOf({ world }: Stage, tallies: Tally[]): PartitionSource {
  return {
    async open(partition) {
      const tally = (tallies[partition] ??= { epoch: 0, next: 0, last: -1, taken: [] });
      const { epoch, next, last } = await world.io('postgres', 'open tally', () => {
        tally.epoch += 1;
        return { ...tally };
      });
      return { next, task: taskOf(world, tally, epoch, last) };
    },
  };
}

function taskOf(world: World, tally: Tally, epoch: number, from: number): PartitionTask {
  let last = from;
  return {
    async take(batch: FetchedBatch) {
      const taken: Taken[] = [];
      let hasGap = false;
      for (const { key, value, headers } of batch.messages) {
        const given = decodeEnrichedHeaders(headers);
        const what = given && decideTake(last, given.rawFrom, given.rawOffset);
        if (what === 'gap') hasGap = true;
        if (given === undefined || what !== 'take') continue;
        last = given.rawOffset;
        hasGap = false;
        const { rawOffset, verdict, digest } = given;
        taken.push({ rawOffset, verdict, digest, org: key?.toString('latin1') ?? '', value });
      }
      await world.io('postgres', 'write tally', () => {
        if (tally.epoch !== epoch) throw new Error('somebody else has this partition');
        tally.taken.push(...taken);
        tally.last = last;
        // What lies behind a gap is read again from there, should this one end.
        if (!hasGap) tally.next = batch.next;
      });
    },
    close: () => Promise.resolve(),
  };
}

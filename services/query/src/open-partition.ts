import type { FetchedBatch, LastingFailures, PartitionSource, PartitionTask } from '@auditorium/kafka';
import { counter, type Logger } from '@auditorium/telemetry';
import { gatherBatch, type Gathered, type Position } from './domain/gather-batch.ts';
import type { ProjectorWatch } from './kafka/projector-watch.ts';
import { readCheckpoint } from './postgres/checkpoints.ts';
import { projectBatch, type ProjectorDependencies } from './project-batch.ts';

export interface OpenPartitionDependencies extends ProjectorDependencies {
  readonly log: Logger;
  readonly watch: ProjectorWatch;
  /** First offset that enriched still holds of a partition. */
  readonly enrichedStart: (partition: number) => Promise<number>;
  /** What readiness asks. */
  readonly failures: LastingFailures;
}

const projected = counter('auditorium.query.projected', 'Verdicts taken into the projection');
const skipped = counter('auditorium.query.skipped', 'Verdicts that came again');
const gaps = counter('auditorium.query.gaps', 'Times that a verdict was missing from enriched');

/**
 * At each assignment: go on where the checkpoint says, so that it does not matter who had the partition before. Where
 * enriched begins behind that, reading begins there: the consumer rule then finds what is missing.
 */
export function openPartitions(deps: OpenPartitionDependencies): PartitionSource {
  return {
    async open(partition) {
      const { position, next } = await watched(deps, partition, () => standing(deps, partition));
      deps.watch.stands(partition, position.gap);
      return { next, task: new PartitionProjector(deps, partition, position) };
    },
  };
}

async function standing(
  { pool, enrichedStart }: OpenPartitionDependencies,
  partition: number,
): Promise<{ position: Position; next: number }> {
  const position = await readCheckpoint(pool, partition);
  return { position, next: Math.max(position.enrichedNext, await enrichedStart(partition)) };
}

/** Projects one partition, one batch at a time; holds nothing that is not durable when `take` resolves. */
class PartitionProjector implements PartitionTask {
  readonly #deps: OpenPartitionDependencies;
  readonly #partition: number;
  #position: Position;

  constructor(deps: OpenPartitionDependencies, partition: number, position: Position) {
    this.#deps = deps;
    this.#partition = partition;
    this.#position = position;
  }

  take(batch: FetchedBatch): Promise<void> {
    return watched(this.#deps, this.#partition, () => this.#project(batch));
  }

  async #project(batch: FetchedBatch): Promise<void> {
    for (const part of partsOf(batch)) {
      const gathered = gatherBatch(this.#partition, this.#position, part);
      await projectBatch(this.#deps, gathered);
      this.#position = gathered.to;
      this.#tell(gathered);
    }
  }

  /** A batch under way ends in its own transaction or not at all. */
  close(): Promise<void> {
    this.#deps.watch.left(this.#partition);
    return Promise.resolve();
  }

  #tell({ from, to, counts }: Gathered): void {
    const { accepted, rejected, repeats } = counts;
    projected.add(accepted, { verdict: 'accepted' });
    projected.add(rejected, { verdict: 'rejected' });
    projected.add(repeats, { verdict: 'repeat' });
    if (counts.skipped > 0) skipped.add(counts.skipped);
    this.#deps.watch.stands(this.#partition, to.gap);
    const facts = { partition: this.#partition, gap: to.gap ?? from.gap };
    if (to.gap && to.gap.from !== from.gap?.from) {
      gaps.add(1);
      this.#deps.log.error(facts, 'a verdict is missing from enriched: nothing is taken until it is there');
    } else if (from.gap && !to.gap) this.#deps.log.info(facts, 'the missing verdict has come');
  }
}

/** Work that readiness hears of when it fails again and again, or never ends. */
async function watched<T>(
  { failures }: OpenPartitionDependencies,
  partition: number,
  work: () => Promise<T>,
): Promise<T> {
  failures.began(partition, performance.now());
  try {
    const result = await work();
    failures.done(partition);
    return result;
  } catch (error) {
    failures.failed(partition, error, performance.now());
    throw error;
  }
}

/** Bytes and messages of one transaction: its rows lie in memory four times over (bytes, text, JSON, on the wire). */
const PART_BYTES = 1_000_000;
const PART_MESSAGES = 2000;

type Part = Pick<FetchedBatch, 'next' | 'messages'>;

/** A batch in parts that follow each other. */
export function partsOf({ next, messages }: Part): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < messages.length;) {
    let to = from;
    for (let bytes = 0; to < messages.length && bytes < PART_BYTES && to - from < PART_MESSAGES; to += 1) {
      bytes += messages[to]?.value?.length ?? 0;
    }
    parts.push({ next: messages[to]?.offset ?? next, messages: messages.slice(from, to) });
    from = to;
  }
  return parts.length === 0 ? [{ next, messages }] : parts;
}

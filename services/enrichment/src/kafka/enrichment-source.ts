import { logOffsets, type PartitionSource, type PartitionTask } from '@auditorium/kafka';
import type { Logger } from '@auditorium/telemetry';
import type { PartitionSession } from '../domain/partition-session.ts';
import { resumePartition, type ResumeDependencies } from '../resume-partition.ts';
import { PartitionEnricher, type EnricherDependencies } from './partition-enricher.ts';

export type SourceDependencies = EnricherDependencies & ResumeDependencies & { readonly log: Logger };

/**
 * Opens partitions: with the memory kept from last time if nobody has written to enriched since, otherwise from what was
 * saved and enriched itself.
 */
export class EnrichmentSource implements PartitionSource {
  readonly #deps: SourceDependencies;
  readonly #sessions = new Map<number, PartitionSession>();
  readonly #open = new Map<number, PartitionEnricher>();

  constructor(deps: SourceDependencies) {
    this.#deps = deps;
  }

  async open(partition: number): Promise<{ next: number; task: PartitionTask }> {
    const started = this.#deps.now();
    const session = await this.#session(partition);
    this.#sessions.set(partition, session);
    const { last, memory } = session.state;
    const facts = { partition, last, enrichedNext: session.enrichedNext, remembered: memory.size };
    this.#deps.log.info({ ...facts, ms: this.#deps.now() - started }, 'partition opened');
    return { next: session.rawNext, task: this.#task(partition, session) };
  }

  /** Saves the positions of partitions that have been quiet for long. */
  saveWhenDue(): void {
    for (const task of this.#open.values()) task.saveWhenDue();
  }

  async #session(partition: number): Promise<PartitionSession> {
    try {
      return (await this.#kept(partition)) ?? (await resumePartition(this.#deps, partition));
    } catch (error) {
      this.#deps.watch.failures.failed(partition, error, this.#deps.now());
      throw error;
    }
  }

  #task(partition: number, session: PartitionSession): PartitionTask {
    const enricher = new PartitionEnricher(this.#deps, session);
    this.#open.set(partition, enricher);
    const close = async (reason: 'revoked' | 'stopping'): Promise<void> => {
      await enricher.close(reason);
      if (this.#open.get(partition) === enricher) this.#open.delete(partition);
    };
    return { take: (batch) => enricher.take(batch), close };
  }

  async #kept(partition: number): Promise<PartitionSession | undefined> {
    const session = this.#sessions.get(partition);
    this.#sessions.delete(partition);
    if (session === undefined || !session.good) return undefined;
    const enriched = (await logOffsets(this.#deps.brokers, this.#deps.topics.enriched)).get(partition);
    return enriched?.end === session.enrichedNext ? session : undefined;
  }
}

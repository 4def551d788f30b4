import type { PartitionSource, PartitionTask } from '@auditorium/kafka';
import type { Logger } from '@auditorium/telemetry';
import type { PartitionSession } from '../domain/partition-session.ts';
import { waitingRefill } from '../postgres/refills.ts';
import { rebuildPosition, type RebuildDependencies } from '../rebuild-position.ts';
import { requireRaw, resumePartition, type ResumeDependencies } from '../resume-partition.ts';
import { PartitionEnricher, type EnricherDependencies } from './partition-enricher.ts';

export type SourceDependencies = EnricherDependencies &
  ResumeDependencies &
  RebuildDependencies & { readonly log: Logger };

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

  /** The partitions that are being enriched here. */
  get partitions(): number[] {
    return [...this.#open.keys()];
  }

  /** Forgets what is known of a partition: it is opened again from what was saved, and from enriched itself. */
  forget(partition: number): void {
    this.#sessions.delete(partition);
    this.#open.get(partition)?.interrupt();
  }

  /**
   * Looks after partitions that have been quiet for long: saves their positions, and has those opened anew to which
   * somebody else has written, or of which enriched has lost something. No batch would tell.
   */
  async lookAfterQuiet(): Promise<void> {
    const { logs, topics } = this.#deps;
    const quiet = [...this.#open].map(([partition, task]) => ({ partition, task, end: task.quietEnd }));
    for (const { task } of quiet) task.saveWhenDue();
    const ranges = await logs.offsets(topics.enriched);
    for (const { partition, task, end } of quiet) {
      if (end !== undefined && end === task.quietEnd) task.requireEnd(ranges.get(partition)?.end ?? 0);
    }
  }

  async #session(partition: number): Promise<PartitionSession> {
    try {
      return (await this.#kept(partition)) ?? (await this.#resumed(partition));
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
    return { take: (batch) => enricher.take(batch), close, failed: enricher.failed };
  }

  async #resumed(partition: number): Promise<PartitionSession> {
    const refill = await waitingRefill(this.#deps.pool, partition);
    if (refill !== undefined) await rebuildPosition(this.#deps, refill);
    return resumePartition(this.#deps, partition);
  }

  async #kept(partition: number): Promise<PartitionSession | undefined> {
    const session = this.#sessions.get(partition);
    this.#sessions.delete(partition);
    if (session === undefined || !session.good) return undefined;
    const { logs, topics } = this.#deps;
    const enriched = (await logs.offsets(topics.enriched)).get(partition);
    if (enriched?.end !== session.enrichedNext) return undefined;
    await requireRaw(this.#deps, session);
    return session;
  }
}

import { AuditoriumError } from '@auditorium/events';
import type { FetchedBatch, PartitionTask } from '@auditorium/kafka';
import type { PartitionSession } from '../domain/partition-session.ts';
import { enrichBatch, type EnrichDependencies } from '../enrich-batch.ts';
import { positionToSave, savePosition, type SaveDependencies } from '../save-position.ts';

export type EnricherDependencies = EnrichDependencies & SaveDependencies;

/** After how long a position is saved with its memory, where no cheaper one has been: below enriched's retention. */
const SAVE_WHOLE_MS = 6 * 3_600_000;

/** The work on one assigned partition: batches one after the other, positions saved beside them. */
export class PartitionEnricher implements PartitionTask {
  /** Resolves when the session is found to be no good between two batches, or an operator asks to resume. */
  readonly failed: Promise<Error>;
  readonly #deps: EnricherDependencies;
  readonly #session: PartitionSession;
  #working: Promise<unknown> = Promise.resolve();
  #isWorking = false;
  #saving: Promise<void> | undefined;
  #tellFailed!: (error: Error) => void;

  constructor(deps: EnricherDependencies, session: PartitionSession) {
    this.#deps = deps;
    this.#session = session;
    this.failed = new Promise((resolve) => (this.#tellFailed = resolve));
  }

  /** Ends the work, so that the partition is opened again from enriched: an operator has asked for it. */
  interrupt(): void {
    this.#session.good = false;
    this.#tellFailed(new AuditoriumError('fenced', 'asked to resume from enriched', { retryable: true }));
  }

  async take(batch: FetchedBatch): Promise<void> {
    const work = this.#enrich(batch);
    this.#working = work.catch(() => undefined);
    await work;
  }

  /** Saves a partition that has been quiet for long. One at work does so itself, between two batches. */
  saveWhenDue(): void {
    if (!this.#isWorking) this.#save(this.#deps.now() - this.#session.savedAt >= SAVE_WHOLE_MS);
  }

  /** Where enriched must end while no batch is in work; undefined while one is. */
  get quietEnd(): number | undefined {
    return this.#isWorking || !this.#session.good ? undefined : this.#session.enrichedNext;
  }

  /** Gives the session up when enriched ends elsewhere: what follows would rest on what is not there, or go unsaved. */
  requireEnd(end: number): void {
    const { partition, enrichedNext: expected } = this.#session;
    if (end === expected) return;
    this.#session.good = false;
    const facts = { partition, end, expected };
    this.#tellFailed(
      new AuditoriumError('fenced', 'enriched ends elsewhere than here', { facts, retryable: true }),
    );
  }

  /** Lets the batch under way finish; when the process stops, leaves the next one nothing to replay. */
  async close(reason: 'revoked' | 'stopping'): Promise<void> {
    await this.#working;
    await this.#saving;
    if (reason === 'stopping') this.#save(true);
    await this.#saving;
  }

  async #enrich(batch: FetchedBatch): Promise<void> {
    const { watch, now } = this.#deps;
    this.#isWorking = true;
    watch.failures.began(this.#session.partition, now());
    try {
      await enrichBatch(this.#deps, this.#session, batch);
    } catch (error) {
      this.#session.good = false;
      watch.failures.failed(this.#session.partition, error, now());
      throw error;
    } finally {
      this.#isWorking = false;
    }
    watch.batchDone(this.#session.partition, batch.logEnd - batch.next);
    this.#save(now() - this.#session.savedAt >= SAVE_WHOLE_MS);
  }

  /** Not waited for: PostgreSQL away must not hold up verdicts. */
  #save(whole: boolean): void {
    const session = this.#session;
    if (this.#saving !== undefined || !session.good) return;
    const position = positionToSave(session, whole);
    if (position === undefined) return;
    this.#saving = savePosition(this.#deps, session, position)
      .catch((error: unknown) => this.#deps.watch.saveFailed(session.partition, error))
      .finally(() => (this.#saving = undefined));
  }
}

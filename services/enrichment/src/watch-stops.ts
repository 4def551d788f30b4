import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import type { KafkaBatchServer } from '@auditorium/kafka';
import { gauge, type Logger } from '@auditorium/telemetry';
import type pg from 'pg';
import type { Loss } from './domain/loss.ts';
import type { EnrichmentSource } from './kafka/enrichment-source.ts';
import { readWishes, saveGoingOn, saveStop, type Stop } from './postgres/stops.ts';

export interface WatchStopsDependencies {
  readonly pool: pg.Pool;
  readonly log: Logger;
  readonly source: Pick<EnrichmentSource, 'partitions' | 'forget'>;
  readonly transport: Pick<KafkaBatchServer, 'stopped' | 'reopen'>;
  /** The raw topic. */
  readonly topic: string;
}

const stopped = gauge(
  'auditorium.enrichment.stopped',
  '1 while a partition stands still, by partition and code',
);

/**
 * Keeps what operators see of the partitions that stand still here, and lets those go on that an operator wants to: the only
 * way back for a partition that has stopped, beside a restart.
 */
export class StopWatch {
  readonly #deps: WatchStopsDependencies;
  /** The error that was saved last of each partition. */
  readonly #saved = new Map<number, unknown>();
  /** Partitions whose raw changed under them: opened once more, because only resuming tells what has happened. */
  readonly #lookedAgain = new Set<number>();
  #looking: Promise<void> = Promise.resolve();

  constructor(deps: WatchStopsDependencies) {
    this.#deps = deps;
  }

  /** One look after the other; failing is told and tried again with the next. */
  look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((err: unknown) => this.#deps.log.warn({ err }, 'stopped partitions could not be looked after'));
    return this.#looking;
  }

  /** Resolves once the look under way is over. */
  ended(): Promise<void> {
    return this.#looking;
  }

  /** @throws AuditoriumError with the code of what stopped a partition, naming all partitions that stand still here */
  requireNone(): void {
    const stops = this.#deps.transport.stopped().map(({ partition, error }) => stopOf(partition, error));
    const first = stops[0];
    if (first === undefined) return;
    const facts = { partitions: stops.map(({ partition }) => partition), stops };
    throw new AuditoriumError(codeOf(first), first.detail, { facts });
  }

  async #look(): Promise<void> {
    const { transport, pool, topic } = this.#deps;
    const stops = transport.stopped();
    await this.#goOn(stops.map(({ partition }) => partition));
    for (const { partition, error } of stops) await this.#stands(partition, error);
    const wishes = await readWishes(pool, topic);
    for (const partition of wishes) this.#reopen(partition);
  }

  async #goOn(standing: readonly number[]): Promise<void> {
    const { source, pool } = this.#deps;
    const going = source.partitions.filter((partition) => !standing.includes(partition));
    await saveGoingOn(pool, going);
    for (const partition of going) {
      const error = this.#saved.get(partition);
      if (error !== undefined) stopped.record(0, { partition, code: codeOf(error) });
      this.#saved.delete(partition);
      this.#lookedAgain.delete(partition);
    }
  }

  async #stands(partition: number, error: unknown): Promise<void> {
    if (isAuditoriumError(error, 'position-out-of-range') && !this.#lookedAgain.has(partition)) {
      this.#lookedAgain.add(partition);
      return this.#reopen(partition);
    }
    const stop = stopOf(partition, error);
    stopped.record(1, { partition, code: stop.code });
    if (this.#saved.get(partition) === error) return;
    await saveStop(this.#deps.pool, stop);
    this.#saved.set(partition, error);
  }

  #reopen(partition: number): void {
    this.#deps.source.forget(partition);
    this.#deps.transport.reopen(partition);
  }
}

function stopOf(partition: number, error: unknown): Stop {
  const facts = isAuditoriumError(error) ? error.facts : {};
  const lost = facts['lost'] as Loss | undefined;
  const detail = error instanceof Error ? error.message : String(error);
  return { partition, code: codeOf(error), detail, lost, absent: facts['absent'] === true };
}

function codeOf(error: unknown): AuditoriumError['code'] {
  const code = (error as { code?: AuditoriumError['code'] } | undefined)?.code;
  return code ?? 'internal';
}

import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import type { StoppedPartition } from '@auditorium/kafka';
import { gauge } from '@auditorium/telemetry';
import type { Gap } from '../domain/gather-batch.ts';

const missing = gauge('auditorium.query.gap', 'Raw offsets that enriched lacks a verdict on, by partition');
const stopped = gauge('auditorium.query.stopped', '1 when a partition has stopped, by partition and code');

/** What keeps the partitions of this process from being projected any further. */
export class ProjectorWatch {
  readonly #gaps = new Map<number, Gap>();

  /** Where a partition stands after a batch; nothing is missing when there is no gap. */
  stands(partition: number, gap: Gap | null): void {
    if (gap === null && !this.#gaps.has(partition)) return;
    missing.record(gap === null ? 0 : gap.to - gap.from + 1, { partition });
    if (gap === null) this.#gaps.delete(partition);
    else this.#gaps.set(partition, gap);
  }

  /** The partition is no longer ours. */
  left(partition: number): void {
    this.#gaps.delete(partition);
  }

  stopped(partition: number, error: unknown): void {
    stopped.record(1, { partition, code: codeOf(error) });
  }

  /** @throws AuditoriumError with the code of what keeps partitions standing, naming them all */
  requireAll(standing: readonly StoppedPartition[]): void {
    const [first] = standing;
    if (first !== undefined) {
      const facts = { partitions: standing.map(({ partition }) => partition) };
      const message = `partitions stand still, the first one over: ${String(first.error)}`;
      throw new AuditoriumError(codeOf(first.error), message, { cause: first.error, facts });
    }
    if (this.#gaps.size === 0) return;
    const facts = { partitions: [...this.#gaps.keys()], gaps: [...this.#gaps] };
    throw new AuditoriumError('verdict-gap', 'enriched lacks verdicts: nothing is taken beyond', { facts });
  }
}

export function codeOf(error: unknown): AuditoriumError['code'] {
  return isAuditoriumError(error) ? error.code : 'internal';
}

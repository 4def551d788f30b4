import { LastingFailures } from '@auditorium/kafka';
import type { FinishedSegment } from '@auditorium/ledger';
import { AuditoriumError } from '@auditorium/events';
import { type Logger, counter, gauge } from '@auditorium/telemetry';
import type { Gap, SegmentGathering, Taken } from '../domain/segment-gathering.ts';

/** What is known of one partition, for health and operators. */
export interface PartitionState {
  partition: number;
  epoch: number;
  rawLast: number;
  /** Set while enriched lacks a verdict: nothing is taken. */
  gap: Gap | null;
  /** The failure that is being retried, or that ended the partition. */
  error: string | null;
  open: boolean;
}

const taken = counter('auditorium.sealer.messages', 'Enriched messages by what they were to the sealer');
const segments = counter('auditorium.sealer.segments', 'Segments sealed');
const bytes = counter('auditorium.sealer.bytes', 'Bytes of sealed segments', 'By');
const missing = gauge('auditorium.sealer.gap', 'Raw offsets that enriched lacks a verdict on, by partition');
const failures = counter('auditorium.sealer.failures', 'Failed steps of the sealer');

/** The state of every partition that this process seals. What stops is seen here, counted and logged. */
export class SealerWatch {
  /** What readiness asks. */
  readonly failures = new LastingFailures();
  readonly #states = new Map<number, PartitionState>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  partition(partition: number, epoch: number, rawLast: number, gap: Gap | null): PartitionWatch {
    const state = { partition, epoch, rawLast, gap, error: null, open: true };
    this.#states.set(partition, state);
    this.failures.done(partition);
    return new PartitionWatch(state, this.#log, this.failures);
  }

  /** A partition could not be opened; the adapter logs it and tries again. */
  notOpened(partition: number, error: unknown): void {
    failures.add(1, { step: 'open' });
    const known = { partition, epoch: 0, rawLast: -1, gap: null, ...this.#states.get(partition) };
    this.#states.set(partition, { ...known, error: `open: ${messageOf(error)}`, open: true });
  }

  /** A step failed and will be tried again. */
  retrying(partition: number, step: string, error: unknown, attempt: number): void {
    failures.add(1, { step });
    this.failures.failed(partition, error, performance.now());
    const state = this.#states.get(partition);
    if (state) state.error = `${step}: ${messageOf(error)}`;
    this.#log.error({ partition, step, attempt, err: error }, 'sealing failed, trying again');
  }

  states(): PartitionState[] {
    return [...this.#states.values()].filter((state) => state.open);
  }

  /** @throws AuditoriumError `verdict-gap` naming the partitions in which enriched lacks a verdict */
  requireNoGap(): void {
    const gaps = this.states().filter(({ gap }) => gap !== null);
    if (gaps.length === 0) return;
    const facts = { partitions: gaps.map(({ partition }) => partition), gaps };
    throw new AuditoriumError('verdict-gap', this.problems().join('; '), { facts });
  }

  /** Sentences for whoever asks why events do not move; empty when all is well. */
  problems(): string[] {
    return this.states().flatMap(({ partition, gap, error }) => [
      ...(gap ? [`partition ${partition} lacks the verdicts on raw offsets ${gap.from}–${gap.to}`] : []),
      ...(error ? [`partition ${partition}: ${error}`] : []),
    ]);
  }
}

/** The same for one partition, as its sealer tells it. */
export class PartitionWatch {
  readonly #state: PartitionState;
  readonly #log: Logger;
  readonly #failures: LastingFailures;

  constructor(state: PartitionState, log: Logger, lasting: LastingFailures) {
    this.#state = state;
    this.#log = log;
    this.#failures = lasting;
  }

  /** After each message. A gap and its end are told once, not for each message in it. */
  took(what: Taken, gathering: SegmentGathering, offset: number): void {
    const { partition, gap: before } = this.#state;
    const { gap } = gathering;
    if (!gap && !before && what !== 'foreign') return;
    if (gap && gap.from !== before?.from) {
      this.#log.error(
        { partition, gap, offset },
        'enriched lacks verdicts: nothing is taken until it is refilled',
      );
    } else if (!gap && before) {
      this.#log.warn({ partition, gap: before, offset }, 'enriched was refilled, going on');
    }
    this.#state.gap = gap;
    missing.record(gap ? gap.to - gap.from + 1 : 0, { partition });
    if (what === 'foreign')
      this.#log.error({ partition, offset }, 'a message in enriched is no verdict of ours');
  }

  sealed(gathered: SegmentGathering, segment: FinishedSegment | undefined): void {
    this.#state.rawLast = gathered.position.rawLast;
    this.#state.error = null;
    this.#failures.done(this.#state.partition);
    for (const [what, count] of Object.entries(gathered.counts)) taken.add(count, { taken: what });
    if (!segment) return;
    segments.add(1);
    bytes.add(segment.size);
    const { segment: key, counts, runs } = segment.footer;
    this.#log.debug({ partition: this.#state.partition, segment: key, counts, orgs: runs.length }, 'sealed');
  }

  ended(error: Error): void {
    this.#state.open = false;
    this.#failures.done(this.#state.partition);
    this.#state.error = messageOf(error);
    if ((error as { code?: string }).code === 'stopping') return;
    failures.add(1, { step: 'end' });
    const { partition, epoch } = this.#state;
    this.#log.error(
      { partition, epoch, err: error },
      'partition given up; what was not sealed is read again',
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

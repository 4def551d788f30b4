import {
  decideTake,
  decodeEnrichedHeaders,
  type EnrichedHeaders,
  type ReceivedHeaders,
} from '@auditorium/events';
import { type ChunkPool, SegmentBuilder } from '@auditorium/ledger';

/** A durable position in a partition: everything up to `rawLast` is accounted for, reading goes on at `enrichedNext`. */
export interface Position {
  readonly enrichedNext: number;
  readonly rawLast: number;
}

/** Raw offsets, both inclusive, on which enriched has no verdict although later ones have. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** How the raw offsets since the position before are accounted for. `skipped` is beside them: our own repeats of a verdict. */
export interface Counts {
  accepted: number;
  rejected: number;
  repeats: number;
  holes: number;
  skipped: number;
}

/** What a message was to us. `foreign`: no verdict of ours at all; it accounts for nothing. */
export type Taken = 'accepted' | 'rejected' | 'repeat' | 'skipped' | 'gap' | 'foreign';

export interface EnrichedMessage {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: ReceivedHeaders;
}

/**
 * What the next segment will hold: the messages of one partition since the position before, by the consumer rule. It
 * copies what it takes. `gap` outlives a sealing, so it is handed on from one gathering to the next.
 */
export class SegmentGathering {
  readonly builder: SegmentBuilder;
  readonly counts: Counts = { accepted: 0, rejected: 0, repeats: 0, holes: 0, skipped: 0 };
  readonly start: Position;
  #next: number;
  #last: number;
  #gap: Gap | null;

  constructor(start: Position, gap: Gap | null = null, pool?: ChunkPool) {
    this.builder = new SegmentBuilder(pool);
    this.start = start;
    this.#next = start.enrichedNext;
    this.#last = start.rawLast;
    this.#gap = gap;
  }

  /** Where the partition will stand when this has been sealed. */
  get position(): Position {
    return { enrichedNext: this.#next, rawLast: this.#last };
  }

  /** Set while enriched lacks a verdict: nothing is taken until it is refilled. */
  get gap(): Gap | null {
    return this.#gap;
  }

  /** Whether there is anything to make durable. */
  get moved(): boolean {
    return this.#next !== this.start.enrichedNext;
  }

  /** A batch may end in offsets that hold no message. */
  moveTo(enrichedNext: number): void {
    this.#next = Math.max(this.#next, enrichedNext);
  }

  take(message: EnrichedMessage): Taken {
    const headers = decodeEnrichedHeaders(message.headers);
    const taken = headers ? this.#decide(headers, message) : 'foreign';
    this.#next = message.offset + 1;
    return taken;
  }

  #decide(headers: EnrichedHeaders, message: EnrichedMessage): Taken {
    const { rawFrom, rawOffset } = headers;
    const decision = decideTake(this.#last, rawFrom, rawOffset);
    if (decision === 'repeat') {
      this.counts.skipped += 1;
      return 'skipped';
    }
    if (decision === 'gap') {
      this.#gap = { from: this.#last + 1, to: Math.min(rawFrom - 1, this.#gap?.to ?? Infinity) };
      return 'gap';
    }
    return this.#keep(headers, message);
  }

  /** Lines first: what the builder refuses must leave `last` where it was. */
  #keep(headers: EnrichedHeaders, { key, value }: EnrichedMessage): Taken {
    const { rawOffset, verdict } = headers;
    if (verdict === 'accepted') {
      // A verdict without its event accounts for nothing; what follows it is then a gap, which stops and alarms.
      if (!key || !value) return 'foreign';
      this.builder.append(key.toString('latin1'), value, rawOffset);
      this.counts.accepted += 1;
    } else if (verdict === 'rejected') {
      const { code = 'unknown', digest, length = value?.length ?? 0 } = headers;
      const rawFrom = code === 'raw-lost' ? headers.rawFrom : undefined;
      this.builder.appendRejected(rawOffset, { code, key, length, digest, value, rawFrom });
      this.counts.rejected += 1;
    } else {
      this.counts.repeats += 1;
    }
    this.counts.holes += rawOffset - this.#last - 1;
    this.#last = rawOffset;
    this.#gap = null;
    return verdict;
  }
}

import { hash } from 'node:crypto';
import { LIMITS } from '@auditorium/events';
import { isHole, type SimLog, type SimRecord } from '../kafka/sim-log.ts';
import type { SentEvents } from './sent.ts';

/** What docs/formats/verdicts.md says of a raw record. */
export interface Due {
  readonly offset: number;
  readonly org: string;
  readonly digest: string;
  readonly verdict: 'accepted' | 'rejected' | 'repeat';
  readonly code: string | undefined;
}

interface Remembered {
  readonly offset: number;
  readonly identity: string;
  readonly digest: string;
}

const DAY_MS = 86_400_000;

/**
 * The verdicts of one raw partition, written down a second time from the format's document and from what the producers
 * know of their own events: slow, simple, and none of the services' code.
 */
export class Reference {
  readonly #log: SimLog;
  readonly #sent: SentEvents;
  readonly #judged: SimRecord[] = [];
  #marks = new Map<string, number>();
  #memory: Remembered[] = [];
  readonly #due = new Map<number, Due>();
  #next = 0;
  isFrozen = false;

  constructor(log: SimLog, sent: SentEvents) {
    this.#log = log;
    this.#sent = sent;
  }

  /** Judges everything that readers can see; to be called before anything is deleted. */
  advance(): void {
    if (this.isFrozen) return;
    const { start, stable, records } = this.#log;
    for (; this.#next < stable; this.#next += 1) {
      const record = records[this.#next - start];
      if (record !== undefined && !isHole(record)) this.#take(record);
    }
  }

  /** The records behind are no longer there: what was due on them is not due any more. */
  cutBackTo(offset: number): void {
    const kept = this.#judged.filter((record) => record.offset < offset);
    this.#judged.length = 0;
    this.#marks = new Map();
    this.#memory = [];
    this.#due.clear();
    for (const record of kept) this.#take(record);
    this.#next = Math.min(this.#next, offset);
  }

  /** Its log was replaced: what was due stays due, and nothing else ever will be. */
  freeze(): void {
    this.isFrozen = true;
  }

  #take(record: SimRecord): void {
    this.#judged.push(record);
    this.#due.set(record.offset, this.#judge(record));
  }

  at(offset: number): Due | undefined {
    this.advance();
    return this.#due.get(offset);
  }

  /** Every record that has or will have a verdict, in order. */
  get all(): readonly Due[] {
    this.advance();
    return [...this.#due.values()];
  }

  /** The last one; −1 where there is none. */
  get last(): number {
    return this.all.at(-1)?.offset ?? -1;
  }

  #judge(record: SimRecord): Due {
    const { offset, key, value, timestamp, headers } = record;
    const org = key?.toString('latin1') ?? '';
    const digest = hash('sha256', value ?? Buffer.alloc(0), 'hex');
    const known = this.#sent.find(org, digest);
    const rejected = (code: string): Due => ({ offset, org, digest, verdict: 'rejected', code });
    if (known === undefined) return rejected('never sent');
    if (known.defect !== undefined) return rejected(known.defect);
    if (known.time !== undefined && known.time > timestamp + DAY_MS) return rejected('time-ahead');
    const identity = `${org}\n${known.source}\n${known.id}`;
    const before = this.#memory.findLast(
      (each) => each.identity === identity && each.offset >= offset - LIMITS.repeatMemory,
    );
    const outbox = headers['outbox']?.toString();
    const sequence = Number(headers['outbox-seq']?.toString());
    const isBelow = outbox !== undefined && sequence <= (this.#marks.get(outbox) ?? -1);
    const isSame = before?.digest === digest;
    if (!isSame && isBelow && !outbox.startsWith('import/')) return rejected('sequence-reused');
    if (!isSame && !isBelow && before !== undefined) return rejected('id-reused');
    if (outbox !== undefined && !isBelow) this.#marks.set(outbox, sequence);
    this.#memory.push({ offset, identity, digest });
    return { offset, org, digest, verdict: isSame || isBelow ? 'repeat' : 'accepted', code: undefined };
  }
}

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import {
  checkEvent,
  LIMITS,
  orgOf,
  partitionOf,
  RAW_HEADERS,
  type Checked,
  type ReceivedHeaders,
  type RejectionCode,
  type Verdict,
} from '@auditorium/events';
import { identityOf, type Given, type PartitionState } from './partition-state.ts';

/** A record of the raw topic. */
export interface RawRecord {
  readonly offset: number;
  /** The broker's append time, milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: ReceivedHeaders;
  /** It stands for a whole record batch that cannot be read within the bounds of the format; `value` is what that holds. */
  readonly isUnreadable?: true;
}

/** Which partition this is, of how many: an org whose key does not hash to it is rejected. */
export interface Place {
  readonly partition: number;
  readonly partitions: number;
}

/** A verdict with all that its message says. */
export interface Decision extends Given {
  readonly verdict: Verdict;
  readonly code?: RejectionCode | undefined;
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  /** All 32 bytes in hex. */
  readonly digest: string;
  /** What the event's metadata are looked up by, when accepted. */
  readonly checked?: Checked | undefined;
}

interface Origin {
  readonly outbox?: string;
  readonly sequence?: number;
}

/** An import's outbox names the content, so a repetition of it is never anything but a repeat. */
const IMPORT = 'import/';
const EMPTY = Buffer.alloc(0);

/**
 * The verdict on a raw record: a pure function of the record and of the raw prefix that `state` stands for. Neither the
 * directory nor a clock of our own has a say in it, so whoever repeats a verdict repeats it alike.
 */
export function decideVerdict(state: PartitionState, record: RawRecord, place: Place): Decision {
  const digest = hash('sha256', record.value ?? EMPTY, 'hex');
  if (record.isUnreadable)
    return { rawOffset: record.offset, digest, verdict: 'rejected', code: 'batch-unreadable' };
  const origin = originOf(record.headers);
  const base = { rawOffset: record.offset, digest, ...origin };
  const early = misplaced(record.key, place) ?? (origin === undefined ? 'outbox-invalid' : undefined);
  if (early !== undefined) return { ...base, verdict: 'rejected', code: early };
  const checked = checkEvent(record.value, record.key, record.timestamp);
  const { id, source, type } = checked;
  if (!checked.ok) return { ...base, verdict: 'rejected', code: checked.code, id, source, type };
  const identity = identityOf(checked.org, checked.source, checked.id);
  const known = compare(state, { ...base, identity });
  if (known === 'accepted') return { ...base, verdict: known, identity, id, source, type, checked };
  if (known === 'repeat') return { ...base, verdict: known, identity, id, source, type };
  return { ...base, verdict: 'rejected', code: known, id, source, type };
}

function misplaced(key: Buffer | null, { partition, partitions }: Place): RejectionCode | undefined {
  const org = orgOf(key);
  if (typeof org !== 'string') return org.ok ? undefined : org.code;
  return partitionOf(key as Buffer, partitions) === partition ? undefined : 'wrong-partition';
}

/** The outbox and its sequence, nothing when there are none, `undefined` when they are not what they should be. */
function originOf(headers: ReceivedHeaders): Origin | undefined {
  const outbox = headers[RAW_HEADERS.outbox];
  const sequence = headers[RAW_HEADERS.sequence];
  if (outbox === undefined && sequence === undefined) return {};
  if (outbox === undefined || sequence === undefined) return undefined;
  const digits = sequence.toString();
  const name = nameOf(outbox);
  if (name === undefined || !/^\d{1,16}$/.test(digits) || !Number.isSafeInteger(Number(digits)))
    return undefined;
  return { outbox: name, sequence: Number(digits) };
}

function nameOf(outbox: Buffer | string): string | undefined {
  const bytes = Buffer.from(outbox);
  const isName =
    bytes.length > 0 && bytes.length <= LIMITS.outboxBytes && isUtf8(bytes) && !bytes.includes(0);
  return isName ? bytes.toString('utf8') : undefined;
}

type Compared = Omit<Given, 'verdict'> & { readonly identity: string };

/** Compares with what came before: by mark for those who number their messages, by identity and digest for all. */
function compare(
  state: PartitionState,
  { identity, digest, rawOffset, outbox, sequence }: Compared,
): 'accepted' | 'repeat' | 'sequence-reused' | 'id-reused' {
  const known = state.memory.look(identity, digest, rawOffset);
  if (known === 'same') return 'repeat';
  if (outbox !== undefined && (sequence ?? 0) <= (state.marks.get(outbox) ?? -1)) {
    return outbox.startsWith(IMPORT) ? 'repeat' : 'sequence-reused';
  }
  return known === 'other' ? 'id-reused' : 'accepted';
}

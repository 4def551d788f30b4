/**
 * A history: what producers were told, and what is found outside afterwards. Plain data without a server in it, so that
 * whoever can tell these facts (the crash harness from the real servers, a simulation from its simulated ones) has the
 * same judge. Everything is in the words of the formats: docs/formats.
 */
export interface History {
  /** Everything that was given to a producer, in the order in which it was given; a deliberate repeat is a second entry. */
  readonly sent: readonly SentEvent[];
  /** The raw topic: each partition whole, from its first record, in order. */
  readonly raw: readonly RawRecord[];
  /** Every line of every org's run. Any order: sequences say which. */
  readonly ledger: readonly LedgerLine[];
  /** The rejected runs of the segments. Absent when nobody has looked. */
  readonly rejected?: readonly RejectedRecord[];
  /** Destinations whose buckets were read. */
  readonly destinations: readonly Destination[];
  /** What lies in those buckets, every version of every key, without test objects. */
  readonly objects: readonly DeliveredObject[];
  /** Rows of the view. Absent when nobody has looked. */
  readonly view?: readonly ViewRow[];
  /** Rows of the quarantine. Absent when nobody has looked. */
  readonly quarantine?: readonly RejectedRecord[];
}

/** Where a record lies in the raw topic. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** An event as its producer knows it. */
export interface SentEvent {
  /** The org, as the message's key says; empty where there is no key. */
  readonly org: string;
  /** Empty where the event has none that can be read. */
  readonly source: string;
  readonly id: string;
  /** sha256 of the raw value, whole, lower-case hex; of nothing where there is no value. */
  readonly digest: string;
  /**
   * Whether the producer was told that it is safe. False for what was tried and got no answer: it may be there once, or
   * not at all.
   */
  readonly acknowledged: boolean;
  /** Where Kafka said that it lies, if the producer was told. */
  readonly place?: Place;
  /** What must become of it. One that is sent again is `accepted` too: the repeat is found from the raw topic. */
  readonly fate: 'accepted' | 'rejected';
}

/** A record of the raw topic. */
export interface RawRecord extends Place {
  /** The key as text; empty where there is none. */
  readonly org: string;
  readonly digest: string;
  /**
   * The verdict that is due, where it does not follow from `sent` alone: beyond the memory for repeats, say, or for a
   * database that was restored.
   */
  readonly verdict?: 'accepted' | 'rejected' | 'repeat';
}

/** A line of an org's run, with where it came from. */
export interface LedgerLine extends Place {
  readonly org: string;
  readonly sequence: number;
  /** Without its newline. */
  readonly line: Buffer;
}

/** A rejected record as the ledger or the quarantine keeps it. */
export interface RejectedRecord extends Place {
  /** The key as text; empty where there is none. Of a key over 1,024 bytes only its beginning is kept. */
  readonly org: string;
  readonly digest: string;
}

/** A row of the view. */
export interface ViewRow extends Place {
  readonly org: string;
  readonly line: Buffer;
}

/** A destination, and from which sequence on its bucket must hold the org's events. */
export interface Destination {
  readonly id: string;
  readonly org: string;
  readonly start: number;
}

/** One version of one object. */
export interface DeliveredObject {
  /** `Destination.id`. */
  readonly destination: string;
  readonly key: string;
  readonly version: string;
  /** Sequence of its first line, as its key says. */
  readonly first: number;
  /** Unpacked, without newlines. */
  readonly lines: readonly Buffer[];
}

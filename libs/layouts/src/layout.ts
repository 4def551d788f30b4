/** Who did it, as a line of the ledger says. `version` is what the directory had then; null where it knew nobody. */
export interface ActorRef {
  readonly type: string;
  readonly id: string;
  readonly version: number | null;
}

/** Personal data of one version of an actor. Null after an erasure. */
export interface ActorName {
  readonly name: string | null;
  readonly email: string | null;
}

/** Undefined for an actor that the directory does not know. */
export type NameOf = (actor: ActorRef) => ActorName | undefined;

/** Everything that may show in an object's key. */
export interface ObjectIdentity {
  /** Empty, or ending in a slash. */
  readonly prefix: string;
  readonly org: string;
  /** Region of the bucket, such as `eu-central-1`, as far as it is known. */
  readonly region: string;
  /** Sequences of the first and last event that the object accounts for, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** One of the layout's `parts`, or what `partOf` said. */
  readonly part: string;
  /**
   * When the object was planned; keys show it in UTC. Later than that of any plan before for the same org but those of the
   * same range in other parts: a key may be unique by its millisecond alone.
   */
  readonly plannedAt: Date;
  /** Made from the plan's id, `[a-z0-9]+`: no two plans share a key. */
  readonly suffix: string;
}

/** Lines of the ledger as a layout has read them, before the names are known. */
export interface LayoutLines {
  readonly count: number;
  /** Whose names `encode` will ask for; each once. */
  readonly actors: readonly ActorRef[];
  /** The object's content, not yet compressed. */
  encode(nameOf: NameOf): Buffer;
}

/**
 * A named shape of keys and lines: how events of the ledger become an object that a customer's jobs can read.
 *
 * A layout MUST be a pure function of its arguments, and MUST NOT change once a version of it is out: a plan names layout
 * and version, and is sent again as it was, months later. A change is a new version beside the old one.
 */
export interface Layout {
  readonly name: string;
  readonly version: number;
  readonly contentType: string;
  /** How the content is compressed before it is sent. */
  readonly compression: 'gzip' | 'none';
  /**
   * Objects that a range of events is divided into by category; most layouts have one. `partOf` may name others, where they
   * cannot be listed: days, say.
   */
  readonly parts: readonly string[];
  /**
   * The part that a line (without its newline) belongs to; undefined when this layout cannot express it. A layout without
   * this puts every line into its only part.
   */
  partOf?(line: Buffer): string | undefined;
  keyOf(object: ObjectIdentity): string;
  /** @param lines lines of one part, each with its newline, one after another */
  read(lines: Buffer): LayoutLines;
}

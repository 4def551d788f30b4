import { spliceAttributes } from '@auditorium/events';
import { encodeKey } from './event-cursor.ts';
import { sentenceOf } from './sentence.ts';

/** A line of the log with its address. */
export interface LoggedLine {
  readonly partition: number;
  readonly rawOffset: number;
  readonly line: string;
}

/** Whose name is wanted: the actor as the directory had it when the event was accepted. */
export interface NamedActor {
  readonly type: string;
  readonly id: string;
  readonly version?: number | undefined;
}

/** What the directory knows of an actor; null after an erasure. */
export interface ActorName {
  readonly name: string | null;
  readonly email: string | null;
}

interface Shown {
  readonly type?: unknown;
  readonly actorversion?: unknown;
  readonly data?: {
    readonly actor?: { readonly type?: unknown; readonly id?: unknown };
    readonly targets?: unknown;
    readonly outcome?: unknown;
  };
}

/** An event of the log being made ready to be shown. */
export class ShownEvent {
  readonly actor: NamedActor;
  readonly #logged: LoggedLine;
  readonly #event: Shown;

  constructor(logged: LoggedLine) {
    this.#event = parsed(logged.line);
    // One line that is no JSON must not make a page unreadable.
    this.#logged = this.#event === NOTHING ? { ...logged, line: '{}' } : logged;
    const { type, id } = this.#event.data?.actor ?? {};
    const version = this.#event.actorversion;
    this.actor = { type: textOf(type), id: textOf(id), ...(typeof version === 'number' && { version }) };
  }

  /**
   * The whole event as JSON: the ledger's line with `key`, the resolved names and a sentence added before its end. Every
   * other byte stays, so that a number too long for JavaScript is shown as it was sent.
   */
  withNames(known: ActorName | undefined): string {
    const { partition, rawOffset, line } = this.#logged;
    const added = {
      key: encodeKey({ partition, rawOffset }),
      actorname: known?.name ?? null,
      actoremail: known?.email ?? null,
      sentence: this.#sentence(known?.name ?? this.actor.id),
    };
    return spliceAttributes(Buffer.from(line), Buffer.from(JSON.stringify(added).slice(1, -1))).toString(
      'utf8',
    );
  }

  #sentence(actor: string): string {
    const { data, type } = this.#event;
    const targets = Array.isArray(data?.targets)
      ? (data.targets as { type: string; id: string; name?: string }[])
      : [];
    return sentenceOf({ action: textOf(type), actor, targets, outcome: textOf(data?.outcome) });
  }
}

const NOTHING: Shown = {};

function parsed(line: string): Shown {
  try {
    return JSON.parse(line) as Shown;
  } catch {
    return NOTHING;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

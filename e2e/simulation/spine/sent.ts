import { hash } from 'node:crypto';
import type { SentEvent } from '../../faults/checker/index.ts';

/** What is wrong with a body, by the code that it must be rejected with. */
export type Defect = string;

/** What a producer knows of what it gave away. */
export interface Sent {
  readonly org: string;
  readonly source: string;
  readonly id: string;
  readonly value: Buffer;
  /** When it happened, as the body says, ms; undefined where the body says nothing that can be read. */
  readonly time?: number | undefined;
  readonly defect?: Defect | undefined;
  /** Events of one line are recorded one after the other: each is safe before the next begins. */
  readonly line?: string | undefined;
}

interface Known extends Sent {
  readonly digest: string;
  acknowledged: boolean;
  /** Whoever said that it is safe has lost it. */
  isTakenBack: boolean;
}

/** Everything that was given to a producer, by org and content. */
export class SentEvents {
  readonly #known = new Map<string, Known>();

  add(sent: Sent): void {
    const digest = hash('sha256', sent.value, 'hex');
    const key = keyOf(sent.org, digest);
    if (!this.#known.has(key))
      this.#known.set(key, { ...sent, digest, acknowledged: false, isTakenBack: false });
  }

  /** Its producer was told that it is safe. */
  acknowledge({ org, value }: Pick<Sent, 'org' | 'value'>): void {
    const known = this.#known.get(keyOf(org, hash('sha256', value, 'hex')));
    if (known !== undefined) known.acknowledged = !known.isTakenBack;
  }

  /** The server that said so lost it: it may be there or not. */
  takeBack({ org, value }: Pick<Sent, 'org' | 'value'>): void {
    const known = this.#known.get(keyOf(org, hash('sha256', value, 'hex')));
    if (known === undefined) return;
    known.isTakenBack = true;
    known.acknowledged = false;
  }

  find(org: string, digest: string): Known | undefined {
    return this.#known.get(keyOf(org, digest));
  }

  get size(): number {
    return this.#known.size;
  }

  get all(): readonly Known[] {
    return [...this.#known.values()];
  }

  /** In the words of the history checker. */
  history(): SentEvent[] {
    return this.all.map(({ org, source, id, digest, acknowledged, defect }) => ({
      org,
      source,
      id,
      digest,
      acknowledged,
      fate: defect === undefined ? 'accepted' : 'rejected',
    }));
  }
}

function keyOf(org: string, digest: string): string {
  return `${org} ${digest}`;
}

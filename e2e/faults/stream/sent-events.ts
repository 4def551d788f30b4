import { appendFileSync, writeFileSync } from 'node:fs';
import type { SentEvent } from '../checker/index.ts';

/** What producers were told: kept here, and in a file that only grows, outside the system under test. */
export class SentEvents {
  readonly #file: string;
  readonly #events: SentEvent[] = [];

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, '');
  }

  add(events: readonly SentEvent[]): void {
    appendFileSync(this.#file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    this.#events.push(...events);
  }

  all(): readonly SentEvent[] {
    return this.#events;
  }
}

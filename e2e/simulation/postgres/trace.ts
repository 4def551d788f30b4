import type { Result, Session } from './sim-database.ts';

/** What a server was asked and what it answered, in the order in which it happened. */
export type TraceEvent =
  | {
      readonly what: 'asked';
      readonly statement: number;
      readonly session: number;
      readonly text: string;
      readonly parameters: readonly unknown[];
      /** True virtual time, ms since 1970. */
      readonly at: number;
      /** In a transaction that has failed, so that only its end is answered. */
      readonly hasFailed: boolean;
    }
  | {
      readonly what: 'answered';
      readonly statement: number;
      readonly rows: readonly object[];
      readonly rowCount: number;
      readonly command: string;
    }
  | { readonly what: 'failed'; readonly statement: number; readonly code: string }
  | { readonly what: 'ended'; readonly session: number };

/** Writes down everything that a simulated PostgreSQL is asked, to ask a real one the same. */
export class Trace {
  readonly events: TraceEvent[] = [];
  readonly #now: () => number;
  #statements = 0;
  #isOver = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A backup was brought back: nothing that follows can be asked of another server. */
  stop(): void {
    this.#isOver = true;
  }

  begin(
    { number: session }: Session,
    text: string,
    parameters: readonly unknown[],
    hasFailed: boolean,
  ): { answered(result: Result): void; failed(error: unknown): void } {
    const statement = this.#statements++;
    this.#write({ what: 'asked', statement, session, text, parameters, at: this.#now(), hasFailed });
    return {
      answered: ({ rows, rowCount, command }) =>
        this.#write({ what: 'answered', statement, rows, rowCount, command }),
      failed: (error) =>
        this.#write({ what: 'failed', statement, code: String((error as { code?: unknown }).code) }),
    };
  }

  ended({ number: session }: Session): void {
    this.#write({ what: 'ended', session });
  }

  #write(event: TraceEvent): void {
    if (!this.#isOver) this.events.push(event);
  }
}

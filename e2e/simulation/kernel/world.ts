import { realSetImmediate } from './real-time.ts';
import { Faults, type Fault, type IoKind } from './faults.ts';
import { randomOf, type Random } from './random.ts';
import { Schedule, type Event } from './schedule.ts';
import { never, currentProcess, SimProcess } from './sim-process.ts';

/** 2026-01-01T00:00:00Z: when every world begins. */
const BEGINNING_MS = Date.UTC(2026, 0, 1);
const LOG_LINES = 400;
/** So many events between two turns of the real event loop, which notices rejections that nobody handles. */
const EVENTS_IN_A_TURN = 256;
const DEFAULT_TIMEOUT_MS = 10_000;
/** A world that makes more events than any run needs is caught in a loop. */
const MOST_EVENTS = 2_000_000;

export interface IoOptions {
  /** When the caller gives up, ms. Default 10 s. */
  readonly timeoutMs?: number;
  /** The error that the caller gets for a fault. Default: an `Error` with the code ECONNREFUSED, ECONNRESET or ETIMEDOUT. */
  readonly error?: (fault: Fault, name: string) => Error;
  /** Instead of drawing one: `none`, or this one. */
  readonly fault?: Fault | 'none';
}

/** One simulated world: a clock, what will happen, processes, and what goes wrong. The same seed gives the same world. */
export class World {
  /** The world that runs at the moment. */
  static current: World | undefined;
  readonly seed: number;
  readonly random: Random;
  readonly faults: Faults;
  /** The world's own code: servers, workload, checks. Never killed. */
  readonly host: SimProcess;
  /** How often each crash point was passed, and struck. */
  readonly points = new Map<string, number>();
  readonly blows = new Map<string, number>();
  /** What was counted for the summary: events sent, repeats absorbed, gaps refilled. */
  readonly counts = new Map<string, number>();
  /** The schedules that this world includes. */
  readonly scenarios = new Set<string>();
  /** Requests on the wire whose callers have given up, or may before they act. */
  late = 0;
  readonly #schedule = new Schedule();
  readonly #lines: string[] = [];
  #digest = 0;
  #now = 0;
  #events = 0;
  #failure: Error | undefined;

  readonly #forced: string | undefined;

  /** @param forced the one schedule that is included, and no other; without it each is drawn */
  constructor(seed: number, forced?: string) {
    this.seed = seed;
    this.#forced = forced;
    this.random = randomOf(seed);
    this.faults = new Faults(this.random);
    this.host = new SimProcess(this, 'world');
  }

  /** True virtual time, ms since 1970. */
  now(): number {
    return BEGINNING_MS + Math.floor(this.#now);
  }

  /** Virtual time since the beginning, ms. */
  elapsed(): number {
    return this.#now;
  }

  get events(): number {
    return this.#events;
  }

  /** Whether this world includes a schedule: drawn by the seed, unless one is forced. */
  includes(scenario: string, chance: number): boolean {
    const isDrawn = this.random.chance(chance);
    const isIncluded = this.#forced === undefined ? isDrawn : this.#forced === scenario;
    if (isIncluded) this.scenarios.add(scenario);
    return isIncluded;
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  /** A simulated process, newly started. */
  process(name: string): SimProcess {
    return new SimProcess(this, name);
  }

  /** The process whose code runs now; the world's own code otherwise. */
  get self(): SimProcess {
    return currentProcess() ?? this.host;
  }

  /** Happens as the world itself, after so many ms. */
  after(ms: number, run: () => void): Event {
    return this.#schedule.plan(this.#now + Math.max(0, ms), () => this.host.run(run));
  }

  /** A timer of the process that runs now. */
  timer(ms: number, run: () => void): Event {
    const process = this.self;
    return this.#schedule.plan(this.#now + Math.max(0, ms), () => process.deliver(run));
  }

  /**
   * One I/O of the current process: `act` happens a little later, the answer comes later still. A caller killed
   * meanwhile: what is on the wire still acts, the answer never comes.
   */
  io<T>(kind: IoKind, name: string, act: () => T | Promise<T>, options: IoOptions = {}): Promise<T> {
    const process = this.self;
    if (process.state === 'killed') return never();
    const { timeoutMs = DEFAULT_TIMEOUT_MS, error = faultError } = options;
    const fault = options.fault === 'none' ? undefined : (options.fault ?? this.faults.draw(kind));
    if (fault !== undefined) this.log(`${process.name}: ${kind} ${name}: ${fault}`);
    return new Promise<T>((resolve, reject) => {
      let isAnswered = false;
      const answer = (ms: number, settle: () => void): void => {
        this.after(ms, () => {
          if (isAnswered) return;
          isAnswered = true;
          process.deliver(settle);
        });
      };
      const failed = (ms: number): void => answer(ms, () => reject(error(fault ?? 'hung', name)));
      const perform = (ms: number, settles: boolean): void => {
        if (fault !== undefined) this.late += 1;
        this.after(ms, () => {
          if (fault !== undefined) this.late -= 1;
          if (fault === 'late') this.log(`${kind} ${name} of ${process.name} arrives after all`);
          void Promise.resolve()
            .then(act)
            .then(
              (value) => settles && answer(this.latencyMs(), () => resolve(value)),
              (cause: unknown) => settles && answer(this.latencyMs(), () => reject(cause as Error)),
            );
        });
      };
      if (fault === 'refused') failed(this.latencyMs());
      else if (fault === 'lost') {
        perform(this.latencyMs(), false);
        failed(10 + 2 * this.latencyMs());
      } else if (fault === 'hung') {
        if (this.random.chance(0.5)) perform(this.latencyMs(), false);
        failed(timeoutMs);
      } else if (fault === 'late') {
        perform(timeoutMs + this.random.float() * 3 * timeoutMs, false);
        failed(timeoutMs);
      } else if (fault === 'slow') perform(this.random.float() * timeoutMs * 0.9, true);
      else perform(this.latencyMs(), true);
    });
  }

  /** How long one way over the network takes, ms: mostly little, now and then a lot. */
  latencyMs(): number {
    const { random } = this;
    return random.chance(0.97) ? random.float() * 2 : random.float() * 200;
  }

  /** How long a process sleeps that is put to sleep, ms: from less than a session or lease to much more. */
  pauseMs(): number {
    return this.random.chance(0.5) ? this.random.float() * 5000 : 5000 + this.random.float() * 115_000;
  }

  /** From now on no faults. */
  calm(): void {
    this.log('calm');
    this.faults.calm();
  }

  /** Something was found that must never be: the run ends with it. */
  fail(failure: unknown): void {
    this.#failure ??= failure instanceof Error ? failure : new Error(String(failure));
    this.log(`FAILED: ${this.#failure.message}`);
  }

  /** Runs until `done()`; an error when that takes more than `limitMs` of virtual time, or nothing can happen any more. */
  until(done: () => boolean, limitMs: number): Promise<void> {
    const end = this.#now + limitMs;
    World.current = this;
    return this.host.run(
      () =>
        new Promise<void>((resolve, reject) => {
          const step = (): void => {
            try {
              if (this.#failure !== undefined) return reject(this.#failure);
              if (done()) return resolve();
              if (!this.#happen(end)) return reject(this.#noProgress(limitMs));
            } catch (error) {
              return reject(error as Error);
            }
            if (this.#events % EVENTS_IN_A_TURN === 0) realSetImmediate(step);
            else drained(step);
          };
          drained(step);
        }),
    );
  }

  /** Lets so much virtual time pass. */
  async pass(ms: number): Promise<void> {
    let isOver = false;
    this.after(ms, () => (isOver = true));
    await this.until(() => isOver, ms + 1);
  }

  /** Notes a fact; the last ones are printed for a seed that fails, and all of them must be the same for the same seed. */
  log(fact: string): void {
    const line = `${this.#now.toFixed(1)} ${fact}`;
    for (let i = 0; i < line.length; i += 1)
      this.#digest = (Math.imul(this.#digest, 31) + line.charCodeAt(i)) | 0;
    this.#lines.push(line);
    if (this.#lines.length > 2 * LOG_LINES) this.#lines.splice(0, LOG_LINES);
  }

  /** The last facts. */
  get lines(): readonly string[] {
    return this.#lines.slice(-LOG_LINES);
  }

  /** A number over every fact so far. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  passed(point: string): void {
    this.points.set(point, (this.points.get(point) ?? 0) + 1);
  }

  struck(point: string, blow: string): void {
    const name = `${blow} at ${point}`;
    this.blows.set(name, (this.blows.get(name) ?? 0) + 1);
  }

  #happen(end: number): boolean {
    const event = this.#schedule.next();
    if (event === undefined || event.at > end) return false;
    if (this.#events > MOST_EVENTS) throw new Error(`more than ${MOST_EVENTS} events: something goes round`);
    this.#now = event.at;
    this.#events += 1;
    const { run } = event;
    event.run = undefined;
    run?.();
    return true;
  }

  #noProgress(limitMs: number): Error {
    return new Error(
      `no progress: what was waited for did not come within ${limitMs / 1000} virtual seconds`,
    );
  }
}

/** Everything that follows from an event happens before the next: all promises, then one tick, which is behind them. */
function drained(next: () => void): void {
  queueMicrotask(() => process.nextTick(next));
}

const CODES = { refused: 'ECONNREFUSED', lost: 'ECONNRESET', hung: 'ETIMEDOUT', late: 'ETIMEDOUT', slow: '' };

function faultError(fault: Fault, name: string): Error {
  return Object.assign(new Error(`${name}: ${CODES[fault]}`), { code: CODES[fault] });
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { World } from './world.ts';

const storage = new AsyncLocalStorage<SimProcess>();

/** The simulated process whose code runs now; undefined outside any world. */
export function currentProcess(): SimProcess | undefined {
  return storage.getStore();
}

/** A promise that never settles: what a killed process waits for. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/**
 * One incarnation of a process: its timers and the answers to its I/O reach it only while it runs. A new start is a new
 * object.
 */
export class SimProcess {
  readonly world: World;
  readonly name: string;
  /** Its wall clock goes so far ahead of the true time. */
  clockSkewMs = 0;
  #state: 'running' | 'paused' | 'killed' = 'running';
  #held: (() => void)[] = [];
  readonly #onEnd: (() => void)[] = [];
  readonly #onPause: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
  }

  get state(): 'running' | 'paused' | 'killed' {
    return this.#state;
  }

  /** Runs code as this process; what it starts belongs to it too. */
  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  /** Starts its main program; one that fails is a failure of the world. */
  start(main: () => Promise<unknown>): void {
    this.run(() => void main().catch((error: unknown) => this.world.fail(error)));
  }

  /** SIGKILL: nothing of it ever continues. What is on the wire already may still arrive. */
  kill(): void {
    if (this.#state === 'killed') return;
    this.#state = 'killed';
    this.#held = [];
    this.world.log(`${this.name} is killed`);
    for (const listener of this.#onEnd) this.world.after(0, listener);
  }

  /** SIGSTOP: deliveries wait, its locks and leases run out. */
  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.world.log(`${this.name} sleeps`);
    for (const listener of this.#onPause) this.world.after(0, listener);
  }

  /** SIGCONT: what has arrived meanwhile is delivered in order, each with everything that follows from it. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.world.log(`${this.name} wakes up`);
    const held = this.#held;
    this.#held = [];
    for (const fn of held) this.world.after(0, () => this.deliver(fn));
  }

  /** Told after it was killed, as the world: where others notice its end. */
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  /** Told when it was put to sleep, as the world: where others begin to miss it. */
  onPause(listener: () => void): void {
    this.#onPause.push(listener);
  }

  /** Hands something to the process: at once, when it wakes up, or never. */
  deliver(fn: () => void): void {
    if (this.#state === 'killed') return;
    if (this.#state === 'paused') this.#held.push(fn);
    else this.run(fn);
  }

  /** The services' `reached`: here a plan may kill the process or put it to sleep. */
  readonly reached = async (point: string): Promise<void> => {
    const { world } = this;
    if (this.#state === 'killed') return never();
    world.passed(point);
    const blow = world.faults.blow(point);
    if (blow === undefined) return;
    world.struck(point, blow);
    world.log(`${this.name}: ${blow} at ${point}`);
    if (blow === 'kill') {
      this.kill();
      return never();
    }
    this.pause();
    world.after(world.pauseMs(), () => this.resume());
    await new Promise<void>((resolve) => this.deliver(resolve));
  };
}

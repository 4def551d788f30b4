import type { SimProcess } from '../kernel/sim-process.ts';
import type { World } from '../kernel/world.ts';

/** A process that runs, and how it is asked to end. */
export interface Running {
  readonly process: SimProcess;
  readonly stop: () => void;
}

/** A service that is started again after each end, until it is retired. */
export class Service {
  readonly #world: World;
  readonly #start: () => Running;
  #running: Running;
  #isRetired = false;

  constructor(world: World, start: () => Running) {
    this.#world = world;
    this.#start = start;
    this.#running = this.#begin();
  }

  get process(): SimProcess {
    return this.#running.process;
  }

  kill(): void {
    this.process.kill();
  }

  stop(): void {
    this.#running.stop();
  }

  /** Not started again, and killed, unless it is the one that is spared. */
  retire(spared?: SimProcess): void {
    this.#isRetired = true;
    if (this.process !== spared) this.kill();
  }

  #begin(): Running {
    const running = this.#start();
    running.process.onEnd(() => {
      const { faults, random } = this.#world;
      this.#world.after(faults.isCalm ? 1000 : 200 + random.float() * 20_000, () => {
        if (!this.#isRetired) this.#running = this.#begin();
      });
    });
    return running;
  }
}

/**
 * Preloaded before everything else: what runs inside a simulated process gets virtual time, seeded randomness and no
 * threads; what runs outside keeps the real ones. Real network inside a process is an error, never a silent leak.
 */
import './stored-codecs.ts';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import timersModule from 'node:timers';
import timersPromises from 'node:timers/promises';
import zlib from 'node:zlib';
import { RealDate } from './real-time.ts';
import type { Event } from './schedule.ts';
import { currentProcess } from './sim-process.ts';
import { World } from './world.ts';

type Callback = (...args: unknown[]) => void;

/** What `setTimeout` gives a simulated process. */
class SimTimer {
  readonly #world: World;
  readonly #ms: number;
  readonly #run: () => void;
  readonly #repeats: boolean;
  #event: Event;

  constructor(world: World, ms: number, run: () => void, repeats: boolean) {
    this.#world = world;
    this.#ms = Math.max(1, Number.isFinite(ms) ? ms : 1);
    this.#run = run;
    this.#repeats = repeats;
    this.#event = this.#plan();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.close();
    this.#event = this.#plan();
    return this;
  }

  close(): void {
    this.#event.run = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #plan(): Event {
    return this.#world.timer(this.#ms, () => {
      if (this.#repeats) this.#event = this.#plan();
      this.#run();
    });
  }
}

const real = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  clearInterval: globalThis.clearInterval,
  clearImmediate: globalThis.clearImmediate,
};

function timer(
  repeats: boolean,
  otherwise: Callback,
): (run: Callback, ms?: number, ...args: unknown[]) => unknown {
  return (run, ms = 1, ...args) => {
    const process = currentProcess();
    if (process === undefined) return (otherwise as (...all: unknown[]) => unknown)(run, ms, ...args);
    return new SimTimer(process.world, ms, () => run(...args), repeats);
  };
}

function clear(otherwise: (handle: never) => void): (handle: unknown) => void {
  return (handle) => {
    if (handle instanceof SimTimer) handle.close();
    else otherwise(handle as never);
  };
}

const timers = {
  setTimeout: timer(false, real.setTimeout as Callback),
  setInterval: timer(true, real.setInterval as Callback),
  setImmediate: (run: Callback, ...args: unknown[]) => {
    const process = currentProcess();
    if (process === undefined) return real.setImmediate(run, ...args);
    return new SimTimer(process.world, 0, () => run(...args), false);
  },
  clearTimeout: clear(real.clearTimeout),
  clearInterval: clear(real.clearInterval),
  clearImmediate: clear(real.clearImmediate),
};

interface SleepOptions {
  readonly signal?: AbortSignal;
}

function sleep<T>(ms: number, value: T, { signal }: SleepOptions = {}): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const aborted = (): void => {
      timer.close();
      reject(abortError(signal));
    };
    if (signal?.aborted) return reject(abortError(signal));
    const timer = new SimTimer(
      (currentProcess() as { world: World }).world,
      ms,
      () => {
        signal?.removeEventListener('abort', aborted);
        resolve(value);
      },
      false,
    );
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

const realSleep = timersPromises.setTimeout;
const realImmediate = timersPromises.setImmediate;
const promised = {
  setTimeout: <T>(ms?: number, value?: T, options?: SleepOptions) =>
    currentProcess() === undefined ? realSleep(ms, value, options) : sleep(ms ?? 1, value, options),
  setImmediate: <T>(value?: T, options?: SleepOptions) =>
    currentProcess() === undefined ? realImmediate(value, options) : sleep(0, value, options),
  setInterval: () => {
    throw new Error('the simulation has no setInterval of node:timers/promises');
  },
};

Object.assign(globalThis, timers);
Object.assign(timersModule, timers);
Object.assign(timersPromises, promised);

const virtualNow = (): number => {
  const process = currentProcess();
  return process === undefined ? RealDate.now() : process.world.now() + process.clockSkewMs;
};

function SimDate(this: unknown, ...args: unknown[]): unknown {
  if (new.target === undefined) return new RealDate(virtualNow()).toString();
  return Reflect.construct(RealDate, args.length === 0 ? [virtualNow()] : args, new.target);
}
Object.setPrototypeOf(SimDate, RealDate);
SimDate.prototype = RealDate.prototype;
SimDate.now = virtualNow;
globalThis.Date = SimDate as unknown as DateConstructor;

const realPerformanceNow = performance.now.bind(performance);
performance.now = () => currentProcess()?.world.elapsed() ?? realPerformanceNow();

const realTimeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms: number): AbortSignal => {
  const process = currentProcess();
  if (process === undefined) return realTimeout(ms);
  const controller = new AbortController();
  process.world.timer(ms, () =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  );
  return controller.signal;
};

const realRandom = Math.random;
Math.random = () => currentProcess()?.world.random.float() ?? realRandom();

const { randomBytes, randomUUID, randomInt } = crypto;
const uuidOf = (bytes: Buffer): string => {
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
const seeded = {
  randomBytes: (count: number, callback?: (error: Error | null, bytes: Buffer) => void) => {
    const world = currentProcess()?.world;
    if (world === undefined) return callback ? randomBytes(count, callback) : randomBytes(count);
    if (callback) throw new Error('the simulation has no randomBytes with a callback');
    return world.random.bytes(count);
  },
  randomUUID: () => {
    const world = currentProcess()?.world;
    return world === undefined ? randomUUID() : uuidOf(world.random.bytes(16));
  },
  randomInt: (...args: [number, number?]) => {
    const world = currentProcess()?.world;
    if (world === undefined) return randomInt(...(args as [number, number]));
    const [from, to] = args.length === 1 ? [0, args[0]] : [args[0], args[1] as number];
    return from + world.random.int(to - from);
  },
};
Object.assign(crypto, seeded);
globalThis.crypto.randomUUID = seeded.randomUUID as typeof globalThis.crypto.randomUUID;

/** The thread pool answers when it likes; its synchronous twin answers at once, with the same bytes. */
for (const name of ['gzip', 'gunzip', 'deflate', 'inflate', 'zstdCompress', 'zstdDecompress'] as const) {
  const original = zlib[name] as Callback;
  const twin = zlib[`${name}Sync`] as (data: unknown, options?: unknown) => Buffer;
  const replaced = (data: unknown, ...rest: unknown[]): void => {
    if (currentProcess() === undefined) return original(data, ...rest);
    const callback = rest.at(-1) as (error: unknown, result?: Buffer) => void;
    try {
      const result = twin(data, rest.length > 1 ? rest[0] : undefined);
      queueMicrotask(() => callback(null, result));
    } catch (error) {
      queueMicrotask(() => callback(error));
    }
  };
  Object.assign(zlib, { [name]: replaced });
}

const connect = net.Socket.prototype.connect as (...args: unknown[]) => net.Socket;
net.Socket.prototype.connect = function connectOutside(this: net.Socket, ...args: unknown[]): net.Socket {
  if (currentProcess() === undefined) return connect.apply(this, args);
  throw new Error(`a simulated process opens a real connection: ${JSON.stringify(args[0])}`);
} as typeof net.Socket.prototype.connect;

process.on('unhandledRejection', (reason) => {
  if (World.current === undefined) throw reason;
  const cause = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  World.current.fail(new Error(`a rejection that nobody handles: ${cause}`));
});

syncBuiltinESMExports();

/**
 * Told when a use case passes one of its named crash points. A test kills the process there, or throws, and looks at
 * what is left; in production nobody listens.
 */
export type Reached<P extends string> = (point: P) => void | Promise<void>;

/** Nobody listens. */
export const notListening: Reached<string> = () => undefined;

/** Where a listener must lie before a service starts. Nothing that is shipped puts one there. */
const LISTENER = Symbol.for('auditorium.crash-points');

/**
 * The listener of this process: the one that a module loaded before ours has put on the global object (the crash harness
 * does, with `--import`), otherwise nobody. Looked up once when a service starts, so that a point costs an empty call; no
 * setting, header or message leads here.
 */
export function crashPoints(): Reached<string> {
  const listener: unknown = Reflect.get(globalThis, LISTENER);
  return typeof listener === 'function' ? (listener as Reached<string>) : notListening;
}

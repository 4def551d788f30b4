/**
 * Told when a use case passes one of its named crash points. A test kills the process there, or throws, and looks at
 * what is left; in production nobody listens.
 */
export type Reached<P extends string> = (point: P) => void | Promise<void>;

/** Nobody listens. */
export const notListening: Reached<string> = () => undefined;

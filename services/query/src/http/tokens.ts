/** What controllers are given by the composition root. */
export const DIRECTORY = Symbol('query.directory');
export const LOG_READING = Symbol('query.log-reading');
export const QUARANTINE = Symbol('query.quarantine');
export const PROJECTION = Symbol('query.projection');

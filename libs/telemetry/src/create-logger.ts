import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { withoutSecrets } from './without-secrets.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** Name of the service, on every line. */
  readonly service: string;
  /** Least severe level that is written. */
  readonly level?: string;
  /** Where lines go; standard output unless a test wants to read them. */
  readonly destination?: DestinationStream;
}

/**
 * One JSON object a line on standard output. Whatever reaches it, lines carry no authorization header, token, password
 * or secret: the finished line is cleaned, so no depth, alias or error message gets round it.
 */
export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: withoutSecrets },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

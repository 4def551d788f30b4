/** What the adapter needs of a logger; pino's fits. */
export interface KafkaLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** For callers without a log of their own. */
export const silentLog: KafkaLog = { debug() {}, info() {}, warn() {}, error() {} };

export { createLogger, type Logger, type LoggerOptions } from './create-logger.ts';
export { withoutSecrets } from './without-secrets.ts';
export { counter, gauge } from './metrics.ts';
export { crashPoints, notListening, type Reached } from './reached.ts';
export { flushTelemetry } from './telemetry-handle.ts';

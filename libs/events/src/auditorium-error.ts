/**
 * Every way in which a part of Auditorium can fail, as a closed list. A code is stable: it is logged, counted and shown to
 * operators. Outcomes that a caller expects are values and never appear here.
 */
export const ERROR_CODES = [
  // Kafka
  'kafka-unavailable',
  'producer-failed',
  'produce-rejected',
  'position-out-of-range',
  'topic-missing',
  'topic-settings',
  'batch-unreadable',
  'batch-corrupt',
  'raw-loss',
  'resume-mismatch',
  'enriched-gap',
  'verdict-gap',
  // PostgreSQL
  'commit-unknown',
  'database-unavailable',
  'migration-failed',
  'fenced',
  'conflict',
  // S3 and STS
  's3-access-denied',
  's3-no-bucket',
  's3-no-key',
  's3-wrong-region',
  's3-wrong-owner',
  's3-throttled',
  's3-busy',
  's3-unavailable',
  's3-timeout',
  's3-invalid',
  's3-checksum',
  's3-kms',
  's3-unexpected',
  'sts-access-denied',
  'sts-any-external-id',
  'sts-unavailable',
  // Formats
  'segment-corrupt',
  'segment-unsupported',
  'segment-refused',
  'ledger-mismatch',
  'ledger-ahead',
  'event-invalid',
  'layout-unknown',
  'object-conflict',
  'plan-mismatch',
  // SDK
  'not-in-transaction',
  'outbox-missing',
  // HTTP and settings
  'setup-failed',
  'settings-invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'invalid-request',
  'upstream-unavailable',
  'timeout',
  'stopping',
  'internal',
] as const;

/** One of the closed list of codes. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What an {@link AuditoriumError} carries besides its code and message. */
export interface ErrorDetails {
  /** The error underneath, kept for the log. */
  readonly cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. Default: false. */
  readonly retryable?: boolean;
  /** Facts for the log and the problem document: no secrets, no personal data. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The only error class of Auditorium. */
export class AuditoriumError extends Error {
  override readonly name = 'AuditoriumError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.facts = details.facts ?? {};
  }
}

/** Whether `error` is an {@link AuditoriumError}, and when given, one with this code. */
export function isAuditoriumError(error: unknown, code?: ErrorCode): error is AuditoriumError {
  return error instanceof AuditoriumError && (code === undefined || error.code === code);
}

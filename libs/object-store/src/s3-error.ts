import type { AuditoriumError, ErrorCode } from '@auditorium/events';
import { providerError } from './provider-answer.ts';
import { textOf } from './xml.ts';

export interface FailedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Credentials were taken and are no longer good: worth one renewal. A key that the store no longer knows is among them:
 * kept, it would be refused for as long as the session was to last.
 */
export const STALE_CREDENTIALS = new Set([
  'ExpiredToken',
  'InvalidToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
]);

const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 's3-access-denied',
  AllAccessDisabled: 's3-access-denied',
  AccountProblem: 's3-access-denied',
  InvalidAccessKeyId: 's3-access-denied',
  SignatureDoesNotMatch: 's3-access-denied',
  // Renewed once already: our clock or STS, and nothing that the bucket's owner could mend.
  ExpiredToken: 's3-unavailable',
  InvalidToken: 's3-unavailable',
  NoSuchBucket: 's3-no-bucket',
  NoSuchKey: 's3-no-key',
  PermanentRedirect: 's3-wrong-region',
  AuthorizationHeaderMalformed: 's3-wrong-region',
  IllegalLocationConstraintException: 's3-wrong-region',
  ConditionalRequestConflict: 's3-busy',
  OperationAborted: 's3-busy',
  SlowDown: 's3-throttled',
  RequestLimitExceeded: 's3-throttled',
  RequestTimeout: 's3-timeout',
  BadDigest: 's3-checksum',
  XAmzContentSHA256Mismatch: 's3-checksum',
  XAmzContentChecksumMismatch: 's3-checksum',
  IncompleteBody: 's3-unavailable',
  TemporaryRedirect: 's3-unavailable',
  RequestTimeTooSkewed: 's3-unavailable',
  InternalError: 's3-unavailable',
  ServiceUnavailable: 's3-unavailable',
};

const RETRYABLE = new Set<ErrorCode>([
  's3-busy',
  's3-throttled',
  's3-timeout',
  's3-checksum',
  's3-unavailable',
]);

/** What a region looks like. A host is made of it, so nothing else that an answer calls one is believed. */
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

/** The error that an answer of S3 stands for. A `HEAD` has no body, so its status has to do. */
export function s3Error(action: string, answer: FailedAnswer): AuditoriumError {
  if (isStranger(answer)) return badAnswer(action, `HTTP ${answer.status} of somebody else`, answer.status);
  const providerCode = textOf(answer.body, 'Code') ?? `HTTP ${answer.status}`;
  const code = codeOf(providerCode, answer.status);
  const region = one(answer.headers['x-amz-bucket-region']) ?? textOf(answer.body, 'Region');
  const requestId = textOf(answer.body, 'RequestId') ?? one(answer.headers['x-amz-request-id']);
  const said = textOf(answer.body, 'Message') ?? 'no message';
  return providerError(
    code,
    `S3 refused to ${action}: ${providerCode}: ${said.slice(0, 500)}`,
    {
      providerCode,
      status: answer.status,
      region: region !== undefined && REGION.test(region) ? region : undefined,
      requestId,
      retryAfterMs: retryAfterOf(one(answer.headers['retry-after'])),
    },
    { retryable: RETRYABLE.has(code) },
  );
}

/**
 * A success that was not asked for, or a refusal or redirect with a page in place of S3's XML: a proxy or a captive portal spoke. Taken at its word it would blame
 * a role that is well, or have us look for the bucket in another region.
 */
function isStranger({ status, headers, body }: FailedAnswer): boolean {
  if (status < 300) return true;
  if (status >= 500 || status === 429 || status === 408 || body === '') return false;
  return textOf(body, 'Code') === undefined && headers['x-amz-request-id'] === undefined;
}

/** Seconds, as S3 and the gateways before it say it; a date says nothing to a clock that is off. */
function retryAfterOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

const TIMEOUTS = new Set([
  'TimeoutError',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** No answer: refused, reset, timed out, aborted. The store may or may not have acted. */
export function noAnswer(action: string, cause: unknown): AuditoriumError {
  const providerCode = networkCode(cause);
  const code = TIMEOUTS.has(providerCode) ? 's3-timeout' : 's3-unavailable';
  const message = `S3 gave no answer to ${action}: ${providerCode}`;
  return providerError(code, message, { providerCode }, { cause, retryable: true });
}

/** An answer that is not S3's: too long, cut off, or of another range. */
export function badAnswer(action: string, what: string, status: number): AuditoriumError {
  const message = `S3 answered ${action} with ${what}`;
  return providerError('s3-unexpected', message, { providerCode: 'BadAnswer', status }, { retryable: true });
}

function codeOf(providerCode: string, status: number): ErrorCode {
  if (providerCode.startsWith('KMS.')) return 's3-kms';
  return CODES[providerCode] ?? codeOfStatus(status);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 's3-throttled';
  if (status === 408) return 's3-timeout';
  if (status >= 500) return 's3-unavailable';
  if (status === 301 || status === 307) return 's3-wrong-region';
  if (status === 409) return 's3-busy';
  if (status === 404) return 's3-no-key';
  if (status === 401 || status === 403) return 's3-access-denied';
  return 's3-invalid';
}

function networkCode(cause: unknown): string {
  if (!(cause instanceof Error)) return 'Unknown';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.name;
}

export const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

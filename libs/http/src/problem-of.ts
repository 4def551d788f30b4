import { STATUS_CODES } from 'node:http';
import { AuditoriumError } from '@auditorium/events';
import type { ErrorCode } from '@auditorium/events';
import { HttpException } from '@nestjs/common';
import { ZodError } from 'zod';
import { Problem } from './problem.ts';

/** RFC 9457, with the stable `code` that programs go by. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  [extra: string]: unknown;
}

const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  'invalid-request': 400,
  'event-invalid': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  timeout: 504,
  'upstream-unavailable': 503,
  'database-unavailable': 503,
  'commit-unknown': 503,
  'kafka-unavailable': 503,
  stopping: 503,
};

const CODE_OF: Partial<Record<number, string>> = {
  400: 'invalid-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  413: 'too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  503: 'unavailable',
};

/** The problem document of anything that was thrown. What is not ours says nothing about itself: it is in the log. */
export function problemOf(error: unknown): ProblemDocument {
  if (error instanceof Problem) return problem(error.getStatus(), error.code, error.message, error.extra);
  if (error instanceof ZodError) return invalidRequest(error.issues);
  if (error instanceof AuditoriumError) return ofAuditoriumError(error);
  const status = error instanceof HttpException ? error.getStatus() : clientErrorOf(error);
  if (status === undefined || status >= 500)
    return problem(500, 'internal', 'something went wrong on our side');
  return problem(status, CODE_OF[status] ?? 'refused', (error as Error).message);
}

/** Every field that is wrong, with the path to it. */
export function invalidRequest(issues: readonly { path?: unknown; message: string }[]): ProblemDocument {
  const errors = issues.map(({ path, message }) => ({ path: pathOf(path), message }));
  const detail = errors
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  return problem(400, 'invalid-request', detail, { errors });
}

function ofAuditoriumError(error: AuditoriumError): ProblemDocument {
  const status = STATUS_OF[error.code] ?? (error.retryable ? 503 : 500);
  return problem(status, error.code, error.message, status < 500 ? error.facts : {});
}

function problem(status: number, code: string, detail: string, extra: object = {}): ProblemDocument {
  const title = STATUS_CODES[status] ?? 'Error';
  return { ...extra, type: `urn:auditorium:problem:${code}`, title, status, code, detail };
}

/** Express and its body parser mark what the client did wrong with a `status` below 500. */
function clientErrorOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return error instanceof Error && typeof status === 'number' && status >= 400 && status < 500
    ? status
    : undefined;
}

function pathOf(path: unknown): string {
  if (!Array.isArray(path)) return '';
  return path
    .map((step) => String(typeof step === 'object' && step !== null ? (step as { key: unknown }).key : step))
    .join('.');
}

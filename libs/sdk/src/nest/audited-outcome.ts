import type { Outcome } from '@auditorium/events';
import { HttpException } from '@nestjs/common';

const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
const FIRST_FAILURE = 400;

/** The outcome that an error stands for: refused for want of rights, or failed. */
export function outcomeOfError(error: unknown): Exclude<Outcome, 'success'> {
  return error instanceof HttpException && isDenied(error.getStatus()) ? 'denied' : 'failure';
}

/** The outcome that a response stands for, when the handler was never reached. */
export function outcomeOfStatus(status: number): Outcome {
  if (isDenied(status)) return 'denied';
  return status >= FIRST_FAILURE ? 'failure' : 'success';
}

function isDenied(status: number): boolean {
  return status === UNAUTHENTICATED || status === FORBIDDEN;
}

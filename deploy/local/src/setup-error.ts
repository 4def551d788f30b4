import { AuditoriumError, isAuditoriumError } from '@auditorium/events';

/**
 * A fault that the person at the terminal can mend. Its message is one sentence that says what is wrong and how to
 * mend it; it is printed without a stack.
 */
export const setupError = (message: string, cause?: unknown): AuditoriumError =>
  new AuditoriumError('setup-failed', message, { cause });

/** What to print of an error: the sentence alone, or everything where we did not foresee it. */
export const sentenceOf = (error: unknown): string =>
  isAuditoriumError(error, 'setup-failed')
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);

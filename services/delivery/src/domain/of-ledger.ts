import { AuditoriumError } from '@auditorium/events';

/**
 * A fault of S3 at our own ledger bucket must not look like one of the customer's: it becomes `upstream-unavailable`,
 * with the fault as its cause.
 */
export async function ofLedger<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof AuditoriumError) || !cause.code.startsWith('s3-')) throw cause;
    const message = `the ledger bucket: ${cause.message}`;
    throw new AuditoriumError('upstream-unavailable', message, { cause, retryable: true });
  }
}

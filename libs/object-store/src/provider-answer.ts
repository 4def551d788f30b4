import { AuditoriumError, type ErrorCode } from '@auditorium/events';

/** What a cloud provider said when it refused; everything a person needs to open a case with it. */
export interface ProviderAnswer {
  /** The provider's own code, such as `AccessDenied`; for a call without an answer, the network's. */
  readonly providerCode: string;
  readonly requestId?: string | undefined;
  readonly status?: number | undefined;
  /** The region the bucket really lives in, where the provider says so. */
  readonly region?: string | undefined;
  /** For so long the provider wants to be left alone, ms. */
  readonly retryAfterMs?: number | undefined;
}

/** A refusal by S3 or STS, or no answer at all. `retryable` means: the same call may work later, unchanged. */
export function providerError(
  code: ErrorCode,
  message: string,
  answer: ProviderAnswer,
  options: { cause?: unknown; retryable: boolean },
): AuditoriumError {
  return new AuditoriumError(code, message, { ...options, facts: { ...answer } });
}

/** What the provider said, where the error came from one. */
export function providerAnswerOf(error: unknown): ProviderAnswer | undefined {
  if (!(error instanceof AuditoriumError) || typeof error.facts['providerCode'] !== 'string')
    return undefined;
  return error.facts as unknown as ProviderAnswer;
}

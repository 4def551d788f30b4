import type { DestinationError } from '../api/types.ts';

/** What support and the provider need to find the failed call again, in one line. */
export function causeLine({ step, code, providerCode, requestId }: Partial<DestinationError>): string {
  return [step, providerCode ?? code, requestId && `request ${requestId}`].filter(Boolean).join(' · ');
}

import { AuditoriumError } from '@auditorium/events';

/** Codes that only an operator can mend: raw or enriched are not what they were, or Kafka refuses a verdict for good. */
const FINAL: readonly string[] = ['raw-loss', 'resume-mismatch', 'enriched-gap', 'produce-rejected'];

/** Whether opening the partition again is pointless. Everything else heals by resuming from enriched. */
export function isFinal(error: unknown): boolean {
  return error instanceof AuditoriumError && FINAL.includes(error.code);
}

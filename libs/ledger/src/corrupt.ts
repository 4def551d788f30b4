import { AuditoriumError } from '@auditorium/events';

/** The bytes are not the segment that its writer made: cut off, changed, or another object. Reading again may help, repairing may not. */
export function corrupt(what: string, cause?: unknown): AuditoriumError {
  return new AuditoriumError('segment-corrupt', `segment: ${what}`, { cause, retryable: false });
}

/** Well-formed, but made by a later version or with a cipher that this reader does not know. */
export function unsupported(what: string): AuditoriumError {
  return new AuditoriumError('segment-unsupported', `segment: ${what}`, { retryable: false });
}

/** The caller asked for something that may never be in a segment. */
export function refused(what: string): AuditoriumError {
  return new AuditoriumError('segment-refused', `segment: ${what}`, { retryable: false });
}

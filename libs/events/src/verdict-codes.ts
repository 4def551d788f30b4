/**
 * Why an event is rejected: the closed list, roughly in the order in which they are looked for.
 * The table with what each does to marks and memory is docs/formats/verdicts.md.
 */
export const REJECTION_CODES = [
  'batch-unreadable',
  'no-key',
  'org-invalid',
  'wrong-partition',
  'outbox-invalid',
  'no-value',
  'too-large',
  'invalid-utf8',
  'raw-newline',
  'nul',
  'not-json',
  'lone-surrogate',
  'too-deep',
  'too-many-keys',
  'duplicate-key',
  'attribute-name',
  'attribute-reserved',
  'not-cloudevent',
  'time-invalid',
  'time-ahead',
  'data-invalid',
  'org-mismatch',
  'sequence-reused',
  'id-reused',
  'raw-lost',
] as const;

/** One of the closed list. */
export type RejectionCode = (typeof REJECTION_CODES)[number];

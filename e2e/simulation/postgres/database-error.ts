/** An error as `pg` hands it on from the server. */
export class DatabaseError extends Error {
  readonly severity = 'ERROR';
  readonly code: string;

  constructor(code: keyof typeof MESSAGES, detail = '') {
    super(`${MESSAGES[code]}${detail === '' ? '' : `: ${detail}`}`);
    this.code = code;
  }
}

const MESSAGES = {
  '23503': 'a foreign key is violated',
  '23505': 'a unique key is violated',
  '23514': 'a check is violated',
  '25P02': 'current transaction is aborted',
  '40P01': 'deadlock detected',
  '57P01': 'terminating connection',
} as const;

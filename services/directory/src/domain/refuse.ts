import type { Refusal, RefusalCode } from './organisation.ts';

/** A refusal with its one sentence. */
export function refuse(refused: RefusalCode, detail: string): Refusal {
  return { refused, detail };
}

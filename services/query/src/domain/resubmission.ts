import { ORG_ID } from '@auditorium/events';

/** What is known of an event in the quarantine when it is to be submitted again. */
export interface Quarantined {
  readonly code: string;
  readonly org: string | null;
  readonly value: Buffer | null;
  readonly length: number;
  readonly state: 'waiting' | 'resubmitting' | 'resubmitted';
}

/** To whom it is submitted, or why it cannot be. */
export type Resubmission =
  | { readonly possible: true; readonly org: string; readonly value: Buffer }
  | { readonly possible: false; readonly why: string };

/**
 * Whether and to which org an event can be submitted again: the org that the operator names, else the one that the event
 * names, else the one that its key claimed. A submission that may have happened already is repeated without harm, because
 * the same identity with the same content is a repeat; one that is known to have happened needs `again`.
 */
export function decideResubmission(
  quarantined: Quarantined,
  wish: { readonly org?: string | undefined; readonly again?: boolean | undefined },
): Resubmission {
  const { code, value, length, state } = quarantined;
  if (code === 'batch-unreadable')
    return { possible: false, why: 'it is a whole record batch, not an event' };
  if (value === null || value.length !== length)
    return { possible: false, why: 'its bytes were not kept whole' };
  if (state === 'resubmitted' && !wish.again)
    return { possible: false, why: 'it has been submitted again already' };
  const org = [wish.org, orgOf(value), quarantined.org].find(
    (candidate) => candidate && ORG_ID.test(candidate),
  );
  if (!org) return { possible: false, why: 'it names no organisation; say which one it belongs to' };
  return { possible: true, org, value };
}

function orgOf(value: Buffer): string | undefined {
  try {
    const { orgid } = JSON.parse(value.toString('utf8')) as { orgid?: unknown };
    return typeof orgid === 'string' ? orgid : undefined;
  } catch {
    return undefined;
  }
}

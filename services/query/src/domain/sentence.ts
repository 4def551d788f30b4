/** What a sentence is made of. */
export interface SentenceParts {
  readonly action: string;
  /** A name where one is known, else the actor's id. */
  readonly actor: string;
  readonly targets: readonly {
    readonly type: string;
    readonly id: string;
    readonly name?: string | undefined;
  }[];
  readonly outcome: string;
}

/** Verbs whose past is no "-ed", as catalogues use them. */
const IRREGULAR = new Set([
  'sent',
  'set',
  'put',
  'read',
  'built',
  'made',
  'run',
  'left',
  'held',
  'given',
  'taken',
  'written',
  'seen',
  'sold',
  'cut',
  'reset',
  'overridden',
  'withdrawn',
  'begun',
  'found',
  'lost',
  'kept',
  'logged-in',
  'logged-out',
  'signed-up',
]);

/**
 * One sentence that says who did what to what, and how it ended if not well: "Ada renamed project Apollo". An action that
 * is not in the past tense (`s3.GetObject`) is named as it is: "Ada did s3.GetObject on bucket b".
 */
export function sentenceOf({ action, actor, targets, outcome }: SentenceParts): string {
  const on = targets.length === 0 ? '' : targetsOf(targets);
  const done = action.slice(action.lastIndexOf('.') + 1);
  const said = isPast(done)
    ? `${actor} ${spaced(done)}${on === '' ? ` (${action})` : ` ${on}`}`
    : `${actor} did ${action}${on === '' ? '' : ` on ${on}`}`;
  return outcome === 'success' || outcome === '' ? said : `${said}: ${outcome}`;
}

function isPast(verb: string): boolean {
  return /^[a-z][a-z_-]*ed$/.test(verb) || IRREGULAR.has(verb);
}

const spaced = (word: string): string => word.replace(/[_-]+/g, ' ');

function targetsOf(targets: SentenceParts['targets']): string {
  const [first, ...others] = targets.map(({ type, id, name }) => `${spaced(type)} ${name ?? id}`);
  if (others.length === 0) return first ?? '';
  if (others.length === 1) return `${first} and ${others[0]}`;
  return `${first} and ${others.length} others`;
}

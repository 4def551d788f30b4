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
]);

/** Two words for a person: a removed member is a removed user. */
const PEOPLE = new Set(['member', 'user']);

/**
 * One sentence that says who did what to what, and how it ended if not well: "Ada renamed project Apollo". Where the
 * action's noun is not what the target is, both are said: "Ada created version for integration mail-relay". An action
 * that is not in the past tense (`s3.GetObject`) is named as it is: "Ada did s3.GetObject on bucket b".
 */
export function sentenceOf({ action, actor, targets, outcome }: SentenceParts): string {
  const parts = action.split('.');
  const done = spaced(parts.at(-1) ?? '').split(' ');
  const noun = spaced(parts.at(-2) ?? '');
  const said =
    isPast(done[0] ?? '') || isPast(done.at(-1) ?? '')
      ? `${actor} ${[...whatWasDone(done, noun, targets[0]?.type), targetsOf(targets)].filter(Boolean).join(' ')}`
      : `${actor} did ${action}${targets.length === 0 ? '' : ` on ${targetsOf(targets)}`}`;
  return outcome === 'success' || outcome === '' ? said : `${said}: ${outcome}`;
}

/** `role changed` → "changed role for"; `signed in` stays; one word alone takes the noun unless the target says it. */
function whatWasDone(done: readonly string[], noun: string, target: string | undefined): string[] {
  const [first = '', last = ''] = [done[0], done.at(-1)];
  if (done.length > 1 && isPast(first)) return [...done];
  const before = done.slice(0, -1);
  if (before.length > 0) return [last, ...before, target === undefined ? '' : 'for'];
  if (target === undefined) return [last, noun];
  const isSame = noun === spaced(target) || (PEOPLE.has(noun) && PEOPLE.has(target));
  return isSame ? [last] : [last, noun, 'for'];
}

function isPast(verb: string): boolean {
  return /^[a-z]+ed$/.test(verb) || IRREGULAR.has(verb);
}

const spaced = (word: string): string => word.replace(/[_-]+/g, ' ').trim();

/**
 * Targets of one type are equals. One of another type is only named beside the first: an integration that was created in a
 * project must not read as if both had been created.
 */
function targetsOf(targets: SentenceParts['targets']): string {
  const [first = '', ...others] = targets.map(({ type, id, name }) => `${spaced(type)} ${name ?? id}`);
  if (others.length === 0) return first;
  const more = others.length === 1 ? others[0] : `${others.length} others`;
  return targets.every(({ type }) => type === targets[0]?.type)
    ? `${first} and ${more}`
    : `${first} (${more})`;
}

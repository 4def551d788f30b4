import type { EventTarget, LoggedEvent } from '../api/types.ts';

/** An event as a sentence in parts, so that the reader's eye can jump between who, what and on what. */
export interface Sentence {
  actor: string;
  phrase: string;
  /** Stands between the phrase and the target: a space, `on`, or a dot where no preposition is sure to fit. */
  link: '' | 'on' | '·';
  target: string | null;
  more: number;
}

const IRREGULAR = new Set([
  'sent',
  'made',
  'ran',
  'built',
  'left',
  'read',
  'begun',
  'set',
  'put',
  'got',
  'found',
  'held',
  'lost',
  'won',
]);
const CAPITALS = new Set([
  'api',
  'url',
  'id',
  'ip',
  'sso',
  'mfa',
  'saml',
  'sso',
  's3',
  'ec2',
  'iam',
  'kms',
  'dns',
  'ssh',
  'tls',
  'oauth',
]);

/** `projectGroup`, `API_KEY`, `sign-in` → `project group`, `API key`, `sign in`. */
export function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_\-:/]+/)
    .filter(Boolean)
    .map((word) => (CAPITALS.has(word.toLowerCase()) ? word.toUpperCase() : word.toLowerCase()))
    .join(' ');
}

interface Action {
  noun: string;
  verb: string;
  past: boolean;
}

/** Splits `noun.verb`; of a longer name the last two parts count. */
function readAction(action: string): Action {
  const parts = action.split('.');
  const verb = parts.at(-1) ?? action;
  const head = words(verb).split(' ')[0] ?? '';
  return { noun: parts.at(-2) ?? '', verb, past: head.endsWith('ed') || IRREGULAR.has(head) };
}

/** The target that the action's noun speaks of: of `role.granted` the role, not the user who got it. */
function objectOf(action: Action, targets: EventTarget[]): EventTarget | undefined {
  return targets.find((target) => words(target.type) === words(action.noun)) ?? targets[0];
}

export function targetName(target: EventTarget): string {
  return target.name ?? target.id;
}

export function actorName(event: LoggedEvent): string {
  return event.actorname ?? event.data.actor.id;
}

/**
 * `project.renamed` → Ada *renamed project* Atlas. Where the noun is the actor's own kind (`user.signed_in`) it is left
 * out. A verb that is not in the past (`s3.GetObject`, as foreign systems name their calls) stays as it is named, because
 * a reader searches for exactly that name: *called S3 GetObject on* acme-exports.
 */
export function sentenceOf(event: LoggedEvent): Sentence {
  const action = readAction(event.type);
  const { actor, targets } = event.data;
  const object = objectOf(action, targets);
  const isSelf = object?.type === actor.type && object.id === actor.id;
  const reflexive =
    words(action.noun) === words(actor.type) &&
    (isSelf || object === undefined || words(object.type) !== words(action.noun));
  return {
    actor: actorName(event),
    phrase: phraseOf(action, reflexive),
    link: reflexive ? '·' : action.past ? '' : 'on',
    target: object && !isSelf ? targetName(object) : null,
    more: Math.max(0, targets.length - 1),
  };
}

function phraseOf({ noun, verb, past }: Action, reflexive: boolean): string {
  if (!past) return ['called', words(noun), verb].filter(Boolean).join(' ');
  if (reflexive) return words(verb);
  const [first, ...particles] = words(verb).split(' ');
  return [first, words(noun), ...particles].filter(Boolean).join(' ');
}

/** The sentence as plain text: for the document's title and for those who hear the page. */
export function plainSentence(event: LoggedEvent): string {
  if (event.sentence) return event.sentence;
  const { actor, phrase, link, target, more } = sentenceOf(event);
  return [actor, phrase, target === null ? '' : link, target, more > 0 ? `and ${more} more` : '']
    .filter(Boolean)
    .join(' ');
}

import type { EventTarget, LoggedEvent } from '../api/types.ts';

/** A piece of an event's sentence; names stand out so that the eye can jump between who and on what. */
export interface SentencePart {
  text: string;
  strong: boolean;
}

export function targetName(target: EventTarget): string {
  return target.name ?? target.id;
}

export function actorName(event: LoggedEvent): string {
  return event.actorname ?? event.data.actor.id;
}

/** The sentence as the server composed it, without the outcome at its end, which the page shows as a badge. */
export function plainSentence(event: LoggedEvent): string {
  const sentence = event.sentence ?? `${actorName(event)} did ${event.type}`;
  const ending = `: ${event.data.outcome}`;
  return sentence.endsWith(ending) ? sentence.slice(0, -ending.length) : sentence;
}

/** The same sentence in parts: the actor and the targets are strong, the words between them are not. */
export function sentenceParts(event: LoggedEvent): SentencePart[] {
  return emphasised(plainSentence(event), [actorName(event), ...event.data.targets.map(targetName)]);
}

/** Marks each of `names` where it follows the one before; a name that is not there marks nothing. Loses no character. */
export function emphasised(sentence: string, names: readonly string[]): SentencePart[] {
  const parts: SentencePart[] = [];
  let at = 0;
  for (const name of names) {
    const found = name === '' ? -1 : sentence.indexOf(name, at);
    if (found < 0) continue;
    if (found > at) parts.push({ text: sentence.slice(at, found), strong: false });
    parts.push({ text: name, strong: true });
    at = found + name.length;
  }
  if (at < sentence.length) parts.push({ text: sentence.slice(at), strong: false });
  return parts;
}

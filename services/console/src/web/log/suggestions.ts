import type { LoggedEvent } from '../api/types.ts';
import { actorName, targetName } from './sentence.ts';
import { OUTCOMES, type FilterName } from './search.ts';
import { OUTCOME_LABEL } from './outcome-badge.tsx';

export interface Suggestion {
  value: string;
  label: string;
  hint?: string;
}

const MOST = 8;

/** Values worth offering: what the events in sight hold, most frequent first. */
export function suggestionsOf(name: Exclude<FilterName, 'text'>, events: LoggedEvent[]): Suggestion[] {
  if (name === 'outcome') return OUTCOMES.map((value) => ({ value, label: OUTCOME_LABEL[value] }));
  const found = new Map<string, { suggestion: Suggestion; times: number }>();
  for (const suggestion of events.flatMap((event) => valuesOf(name, event))) {
    const entry = found.get(suggestion.value);
    if (entry) entry.times += 1;
    else found.set(suggestion.value, { suggestion, times: 1 });
  }
  return [...found.values()]
    .toSorted((a, b) => b.times - a.times)
    .slice(0, MOST)
    .map((entry) => entry.suggestion);
}

function valuesOf(name: 'actor' | 'action' | 'target', event: LoggedEvent): Suggestion[] {
  const { actor, targets } = event.data;
  if (name === 'action') return [{ value: event.type, label: event.type }];
  if (name === 'actor') return [named(`${actor.type}/${actor.id}`, actorName(event))];
  return targets.map((target) => named(`${target.type}/${target.id}`, targetName(target)));
}

function named(value: string, label: string): Suggestion {
  return { value, label, hint: value };
}

import { AuditoriumError } from '@auditorium/events';
import type { InternalClient } from '@auditorium/http';
import type { ActorName, ActorRef } from '@auditorium/layouts';
import type { ResolveNames } from '../courier-dependencies.ts';

/** Actors in one question; the directory takes at most 5,000. */
const ASKED_AT_ONCE = 2_000;

interface Answer {
  /** One for each question, in their order. */
  readonly names: readonly { type: string; id: string; name: string | null; email: string | null }[];
}

/**
 * Names from the directory, in bulk. Nothing is kept: an erasure counts from the next object on.
 * @throws AuditoriumError `upstream-unavailable`: a directory that does not answer is never a missing name
 */
export function directoryNames(client: InternalClient): ResolveNames {
  return async (org, actors) => {
    const known = new Map<ActorRef, ActorName>();
    for (let from = 0; from < actors.length; from += ASKED_AT_ONCE) {
      const asked = actors.slice(from, from + ASKED_AT_ONCE);
      const { names } = await client.post<Answer>('/internal/v1/names', { org, actors: asked.map(question) });
      asked.forEach((actor, index) => known.set(actor, answerTo(actor, names[index])));
    }
    return (actor) => known.get(actor);
  };
}

function answerTo(asked: ActorRef, answer: Answer['names'][number] | undefined): ActorName {
  if (answer?.type === asked.type && answer.id === asked.id)
    return { name: answer.name, email: answer.email };
  throw new AuditoriumError('upstream-unavailable', 'the directory answered another question', {
    retryable: true,
  });
}

const question = ({ type, id, version }: ActorRef): object =>
  version === null ? { type, id } : { type, id, version };

import type { InternalClient } from '@auditorium/http';
import type { Logger } from '@auditorium/telemetry';
import type { ActorName, NamedActor } from '../domain/shown-event.ts';

interface NamesAnswer {
  readonly names: readonly (NamedActor & ActorName)[];
}

/** Most actors in one question to the directory. */
const MOST_ACTORS = 500;

/** Names of actors, asked of the directory when events are shown and kept nowhere, so that an erasure works at once. */
export class ActorNames {
  readonly #directory: InternalClient;
  readonly #log: Logger;

  constructor(directory: InternalClient, log: Logger) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Asks once for all of them. A directory that is away costs the names, not the log. */
  async resolve(
    org: string,
    actors: readonly NamedActor[],
  ): Promise<(actor: NamedActor) => ActorName | undefined> {
    const distinct = [...new Map(actors.map((actor) => [keyOf(actor), actor])).values()];
    const known = new Map<string, ActorName>();
    try {
      for (let at = 0; at < distinct.length; at += MOST_ACTORS) {
        await this.#ask(org, distinct.slice(at, at + MOST_ACTORS), known);
      }
    } catch (error) {
      this.#log.warn({ err: error, org }, 'names could not be resolved');
    }
    return (actor) => known.get(keyOf(actor)) ?? known.get(keyOf({ type: actor.type, id: actor.id }));
  }

  async #ask(org: string, actors: readonly NamedActor[], into: Map<string, ActorName>): Promise<void> {
    const { names } = await this.#directory.post<NamesAnswer>('/internal/v1/names', { org, actors });
    for (const { type, id, version, name, email } of names) {
      into.set(keyOf({ type, id, version }), { name, email });
      into.set(keyOf({ type, id }), { name, email });
    }
  }
}

const keyOf = ({ type, id, version }: NamedActor): string => `${type}/${version ?? ''}/${id}`;

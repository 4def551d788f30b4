import type { ActorRef } from './layout.ts';

/** In place of an actor's index where a line names none. */
export const NOBODY = -1;

/** The actors of an object's lines, each once, in the order in which they were met. */
export class ActorTable {
  readonly actors: ActorRef[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(actor: ActorRef | undefined): number {
    if (actor === undefined) return NOBODY;
    const name = `${actor.type}/${actor.version ?? ''}/${actor.id}`;
    const index = this.#indexes.get(name) ?? this.actors.push(actor) - 1;
    this.#indexes.set(name, index);
    return index;
  }
}

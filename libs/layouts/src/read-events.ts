import { linesOf } from '@auditorium/ledger';
import { ActorTable } from './actor-table.ts';
import type { ActorName, ActorRef, LayoutLines } from './layout.ts';
import { type EventTarget, eventOfLine, type LedgerEvent } from './ledger-event.ts';
import { subjectKind } from './subject-kind.ts';

/** Names of those that one event is about. */
export interface EventNames {
  /** Undefined where the directory knows nobody, or knows nothing any more. */
  readonly actor: ActorName | undefined;
  /** Only people have names in the directory; theirs are the newest. */
  target(target: EventTarget): ActorName | undefined;
}

/**
 * Parses each line once, keeps the events until the names are known, then makes a record of each.
 *
 * @param recordOf pure; called once for each event, in their order
 * @param write turns the records into the object's content
 */
export function readEvents<T>(
  lines: Buffer,
  recordOf: (event: LedgerEvent, names: EventNames) => T,
  write: (records: readonly T[]) => Buffer,
): LayoutLines {
  const table = new ActorTable();
  const events = [...linesOf(lines)].map((line) => {
    const event = eventOfLine(line);
    const people = new Map(event.targets.filter(isPerson).map((target) => [target, refOf(event, target)]));
    const indexes = new Map([...people].map(([target, ref]) => [target, table.indexOf(ref)]));
    return { event, actor: table.indexOf(event.actor), people: indexes };
  });
  return {
    count: events.length,
    actors: table.actors,
    encode: (nameOf) => {
      const known = table.actors.map((actor) => nameOf(actor));
      const records = events.map(({ event, actor, people }) => {
        const target = (of: EventTarget): ActorName | undefined => known[people.get(of) ?? -1];
        return recordOf(event, { actor: known[actor], target });
      });
      return write(records);
    },
  };
}

const isPerson = ({ type }: EventTarget): boolean => subjectKind(type) === 'person';

/** Whoever acts on himself is asked for once. */
function refOf({ actor }: LedgerEvent, { type, id }: EventTarget): ActorRef {
  return actor.type === type && actor.id === id ? actor : { type, id, version: null };
}

/** Lines of JSON, each with its newline. */
export function ndjson(records: readonly unknown[]): Buffer {
  return Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

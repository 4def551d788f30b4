import { textTable } from './text-table.ts';

/** An event as the view gives it: the ledger's line, the names of its actor, and its key. */
export interface ViewedEvent {
  readonly key: string;
  readonly time: string;
  readonly type: string;
  readonly subject?: string;
  readonly actorname?: string | null;
  readonly data: {
    readonly actor: { readonly type: string; readonly id: string };
    readonly targets?: readonly { readonly type: string; readonly id: string; readonly name?: string }[];
    readonly outcome: string;
  };
}

/** A page of the view. */
export interface EventPage {
  readonly events: readonly ViewedEvent[];
  readonly next?: string | null;
  /** When the page is empty: the time of the org's newest event. */
  readonly newest?: string | null;
}

/** Events for reading at a terminal. */
export function eventTable(events: readonly ViewedEvent[]): string {
  return textTable<ViewedEvent>(
    [
      { title: 'TIME', text: ({ time }) => time },
      { title: 'ACTION', text: ({ type }) => type, most: 44 },
      { title: 'ACTOR', text: actorOf, most: 40 },
      { title: 'TARGET', text: targetOf, most: 44 },
      { title: 'OUTCOME', text: ({ data }) => data.outcome },
      { title: 'KEY', text: ({ key }) => key },
    ],
    events,
  );
}

function actorOf({ actorname, data }: ViewedEvent): string {
  return actorname ?? `${data.actor.type}/${data.actor.id}`;
}

function targetOf({ data, subject }: ViewedEvent): string {
  const [first] = data.targets ?? [];
  return first?.name ?? subject ?? '';
}

import type { Around } from './findings.ts';
import type { History, SentEvent } from './history.ts';
import { nameOf, placeName, type Violation } from './violation.ts';

/** Raw holds each acknowledged event, where the producer was told, and nothing that nobody sent. */
export function checkRaw({ sent }: History, around: Around): Violation[] {
  return [...(around.settled ? lost(sent, around) : []), ...phantoms(around)];
}

function lost(sent: readonly SentEvent[], { expectations }: Around): Violation[] {
  return sent
    .filter((event) => event.acknowledged && !isThere(event, expectations))
    .map((event) => ({ kind: 'lost', event: nameOf(event), where: rawOf(event) }));
}

function isThere(event: SentEvent, expectations: Around['expectations']): boolean {
  const { place } = event;
  const copies = expectations.of(event);
  if (place === undefined) return copies.length > 0;
  return copies.some(({ partition, offset }) => partition === place.partition && offset === place.offset);
}

function rawOf({ place }: SentEvent): string {
  return place === undefined ? 'raw' : `raw ${placeName(place)}`;
}

function phantoms({ expectations }: Around): Violation[] {
  return expectations.records
    .filter(({ sent }) => sent === undefined)
    .map((record) => ({
      kind: 'phantom',
      event: `${record.org} ${record.digest}`,
      where: `raw ${placeName(record)}`,
    }));
}

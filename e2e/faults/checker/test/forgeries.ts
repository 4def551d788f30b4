import { hash } from 'node:crypto';
import type { DeliveredObject, LedgerLine, Place, ViolationKind } from '../index.ts';
import { foundIn, numbered, spliced, type WholeHistory } from './good-history.ts';

/** A way to spoil a good history in one point, and what the checker must call it. */
export interface Forgery {
  readonly title: string;
  readonly kind: ViolationKind;
  /** How `where` begins. */
  readonly where: string;
  /** @param pick any whole number: which of the possible places is spoilt */
  forge(good: WholeHistory, pick: number): WholeHistory;
}

/** An offset and a sequence beyond all others. */
const NOWHERE = 1_000_000;

export const FORGERIES: readonly Forgery[] = [
  forged('an acknowledged event is nowhere', 'lost', 'raw', (good, pick) => {
    const gone = chosen(sentOnce(good), pick);
    const raw = good.raw.filter((record) => !isAt(record, gone));
    return { ...good, raw, ...foundIn(numbered(good.ledger.filter((line) => !isAt(line, gone)))) };
  }),
  forged('an event is in raw and in no ledger', 'lost', 'ledger', (good, pick) => {
    const gone = chosen(good.ledger, pick);
    return { ...good, ...foundIn(numbered(good.ledger.filter((line) => line !== gone))) };
  }),
  forged('an event is missing from the view', 'lost', 'view', (good, pick) => {
    return { ...good, view: without(good.view, pick) };
  }),
  forged('an object is missing from a bucket', 'lost', 'bucket', (good, pick) => {
    const objects = without(good.objects, pick);
    const missing = chosen(good.objects, pick);
    // Of an object of several lines only the first stays away, so that one thing is wrong.
    const rest = { ...missing, first: missing.first + 1, lines: missing.lines.slice(1) };
    return { ...good, objects: [...objects, rest] };
  }),
  forged('a rejected event is missing from the quarantine', 'lost', 'quarantine', (good, pick) => {
    return { ...good, quarantine: without(good.quarantine, pick) };
  }),
  forged('a rejected event is missing from the segments', 'lost', 'rejected run', (good, pick) => {
    return { ...good, rejected: without(good.rejected, pick) };
  }),
  forged('a deliberate repeat was accepted as well', 'doubled', 'ledger', (good) => {
    const original = good.ledger[0]!;
    const { org, partition, line } = original;
    const offset = endOf(good, partition);
    const digest = digestAt(good, original);
    const raw = [...good.raw, { org, partition, offset, digest }];
    return { ...good, raw, ...foundIn(numbered([...good.ledger, { ...original, offset, line }])) };
  }),
  forged('an identity was accepted with two contents', 'doubled', 'ledger', (good) => {
    const { org, partition } = good.ledger[0]!;
    const value = '{"other":"content"}';
    const digest = hash('sha256', value, 'hex');
    const place = { org, partition, offset: endOf(good, partition) };
    const event = good.sent.find((each) => each.digest === digestAt(good, good.ledger[0]!))!;
    const line = { ...place, line: spliced(value, '"acceptedtime":"x"') };
    return {
      ...good,
      sent: [...good.sent, { ...event, digest, acknowledged: false }],
      raw: [...good.raw, { ...place, digest }],
      ...foundIn(numbered([...good.ledger, line])),
    };
  }),
  forged('an object is in a bucket under a second key', 'doubled', 'bucket', (good, pick) => {
    const twice = oneLine(chosen(good.objects, pick));
    return { ...good, objects: [...good.objects, { ...twice, key: `${twice.key}.again` }] };
  }),
  forged('an object was overwritten with the same', 'doubled', 'bucket', (good, pick) => {
    const twice = oneLine(chosen(good.objects, pick));
    return { ...good, objects: [...good.objects, { ...twice, version: 'v2' }] };
  }),
  forged('a row is twice in the view', 'doubled', 'view', (good, pick) => {
    return { ...good, view: [...good.view, chosen(good.view, pick)] };
  }),
  forged('two neighbours have each other’s sequences', 'out-of-order', 'ledger', (good, pick) => {
    const [one, other] = neighbours(good.ledger, pick);
    const swapped = good.ledger.map((line) => (line === one ? other : line === other ? one : line));
    return { ...good, ...foundIn(numbered(swapped)) };
  }),
  forged('a later copy was taken in place of the first', 'out-of-order', 'ledger', (good) => {
    const original = good.ledger[0]!;
    const { partition, org } = original;
    const offset = endOf(good, partition);
    const digest = digestAt(good, original);
    const raw = [...good.raw, { org, partition, offset, digest }];
    const others = good.ledger.filter((line) => line !== original);
    return { ...good, raw, ...foundIn(numbered([...others, { ...original, offset }])) };
  }),
  forged('two lines of an object have changed places', 'out-of-order', 'bucket', (good, pick) => {
    return replaceObject(good, pick, 2, (lines) => [lines[1]!, lines[0]!, ...lines.slice(2)]);
  }),
  forged('an event went to another org', 'wrong-org', 'ledger', (good, pick) => {
    const strayed = chosen(
      good.ledger.filter(({ org }) => org === 'org_a' || org === 'org_b'),
      pick,
    );
    // To an org of the other partition, so that nothing is said of the order as well.
    const to = strayed.org === 'org_a' ? 'org_b' : 'org_a';
    const lines = [...good.ledger.filter((line) => line !== strayed), { ...strayed, org: to }];
    return { ...good, ...foundIn(numbered(lines)) };
  }),
  forged('a customer got a line of another', 'wrong-org', 'bucket', (good) => {
    const [from, to] = [onlyOf(good, 'dst_a'), onlyOf(good, 'dst_c')];
    return { ...good, objects: [...good.objects, { ...oneLine(from), destination: to.destination }] };
  }),
  forged('a row of the view names another org', 'wrong-org', 'view', (good, pick) => {
    const row = chosen(good.view, pick);
    const org = row.org === 'org_a' ? 'org_b' : 'org_a';
    return { ...good, view: good.view.map((each) => (each === row ? { ...row, org } : each)) };
  }),
  forged('a rejected event is kept under another key', 'wrong-org', 'quarantine', (good, pick) => {
    const row = chosen(good.quarantine, pick);
    const moved = { ...row, org: 'org_x' };
    return { ...good, quarantine: good.quarantine.map((each) => (each === row ? moved : each)) };
  }),
  forged('raw holds what nobody sent', 'phantom', 'raw', (good) => {
    const place = { org: 'org_a', partition: 0, offset: endOf(good, 0) };
    const value = '{"id":"e_x","source":"shop","orgid":"org_a"}';
    const raw = [...good.raw, { ...place, digest: hash('sha256', value, 'hex') }];
    const line = { ...place, line: spliced(value, '"acceptedtime":"x"') };
    return { ...good, raw, ...foundIn(numbered([...good.ledger, line])) };
  }),
  forged('the ledger holds what is not in raw', 'phantom', 'ledger', (good, pick) => {
    const line = { ...chosen(good.ledger, pick), offset: NOWHERE };
    return { ...good, ...foundIn(numbered([...good.ledger, line])) };
  }),
  forged('a bucket holds what is in no ledger', 'phantom', 'bucket', (good, pick) => {
    const object = oneLine(chosen(good.objects, pick));
    const lines = [spliced('{"id":"e_x"}', '"acceptedtime":"x","actorname":null')];
    return { ...good, objects: [...good.objects, { ...object, first: NOWHERE, lines }] };
  }),
  forged('the view holds what is not in raw', 'phantom', 'view', (good, pick) => {
    return { ...good, view: [...good.view, { ...chosen(good.view, pick), offset: NOWHERE }] };
  }),
  forged('the quarantine holds what is not in raw', 'phantom', 'quarantine', (good, pick) => {
    const row = { ...chosen(good.quarantine, pick), offset: NOWHERE };
    return { ...good, quarantine: [...good.quarantine, row] };
  }),
  forged('an accepted event is in the quarantine too', 'two-verdicts', 'ledger', (good, pick) => {
    const { org, partition, offset } = chosen(good.ledger, pick);
    const digest = digestAt(good, { partition, offset });
    return { ...good, quarantine: [...good.quarantine, { org, partition, offset, digest }] };
  }),
  forged('a rejected event is in the ledger too', 'two-verdicts', 'ledger', (good) => {
    const { org, partition, offset } = good.quarantine[0]!;
    const line = spliced('{}', '"acceptedtime":"x"');
    return { ...good, ...foundIn(inserted(good.ledger, { org, partition, offset, line })) };
  }),
  forged('one raw record is accepted twice', 'two-verdicts', 'ledger', (good, pick) => {
    const line = chosen(good.ledger, pick);
    const ledger = numbered(good.ledger.flatMap((each) => (each === line ? [each, each] : [each])));
    return { ...good, ...foundIn(ledger), view: good.view };
  }),
  forged('one raw record is rejected twice', 'two-verdicts', 'rejected run', (good, pick) => {
    return { ...good, rejected: [...good.rejected, chosen(good.rejected, pick)] };
  }),
  forged('a good event was rejected', 'wrong-verdict', 'ledger', (good, pick) => {
    const gone = chosen(good.ledger, pick);
    const { org, partition, offset } = gone;
    const digest = digestAt(good, gone);
    const rejected = { org, partition, offset, digest };
    return {
      ...good,
      ...foundIn(numbered(good.ledger.filter((line) => line !== gone))),
      rejected: [...good.rejected, rejected],
      quarantine: [...good.quarantine, rejected],
    };
  }),
  forged('poison was accepted', 'wrong-verdict', 'ledger', (good) => {
    const gone = good.quarantine[0]!;
    const { org, partition, offset } = gone;
    const line = spliced('{}', '"acceptedtime":"x"');
    return {
      ...good,
      ...foundIn(inserted(good.ledger, { org, partition, offset, line })),
      rejected: good.rejected.filter((each) => !isAt(each, gone)),
      quarantine: good.quarantine.filter((each) => !isAt(each, gone)),
    };
  }),
  forged('a number is left out', 'hole', 'ledger', (good, pick) => {
    const from = chosen(good.ledger, pick);
    const later = (line: LedgerLine) => line.org === from.org && line.sequence >= from.sequence;
    const ledger = good.ledger.map((line) => (later(line) ? { ...line, sequence: line.sequence + 1 } : line));
    return { ...good, ...foundIn(ledger) };
  }),
  forged('a number is given twice', 'repeated-sequence', 'ledger', (good, pick) => {
    // Of an org without a destination, whose bucket would lack one of the two.
    const lines = good.ledger.filter(({ org, sequence }) => org === 'org_d' && sequence > 1);
    const from = chosen(lines, pick);
    const later = (line: LedgerLine) => line.org === from.org && line.sequence >= from.sequence;
    const ledger = good.ledger.map((line) => (later(line) ? { ...line, sequence: line.sequence - 1 } : line));
    return { ...good, ...foundIn(ledger) };
  }),
  forged('the ledger has other bytes than were sent', 'changed', 'ledger', (good, pick) => {
    const spoilt = chosen(good.ledger, pick);
    const line = Buffer.from(spoilt.line.toString().replace('"source":"shop"', '"source":"shoP"'));
    return { ...good, ...foundIn(good.ledger.map((each) => (each === spoilt ? { ...each, line } : each))) };
  }),
  forged('something else was spliced in', 'changed', 'ledger', (good, pick) => {
    const spoilt = chosen(good.ledger, pick);
    const line = spliced(spoilt.line, '"extra":1');
    return { ...good, ...foundIn(good.ledger.map((each) => (each === spoilt ? { ...each, line } : each))) };
  }),
  forged('a bucket has other bytes than the ledger', 'changed', 'bucket', (good, pick) => {
    return replaceObject(good, pick, 1, ([line, ...rest]) => [
      Buffer.from(line!.toString().replace('"shop"', '"shoP"')),
      ...rest,
    ]);
  }),
  forged('the view has other bytes than the ledger', 'changed', 'view', (good, pick) => {
    const row = chosen(good.view, pick);
    const line = Buffer.from(`${row.line.toString()} `);
    return { ...good, view: good.view.map((each) => (each === row ? { ...row, line } : each)) };
  }),
  forged('the quarantine has another digest', 'changed', 'quarantine', (good, pick) => {
    const row = chosen(good.quarantine, pick);
    const spoilt = { ...row, digest: 'f'.repeat(64) };
    return { ...good, quarantine: good.quarantine.map((each) => (each === row ? spoilt : each)) };
  }),
];

function forged(
  title: string,
  kind: ViolationKind,
  where: string,
  forge: (good: WholeHistory, pick: number) => WholeHistory,
): Forgery {
  return { title, kind, where, forge };
}

function chosen<T>(from: readonly T[], pick: number): T {
  return from[pick % from.length]!;
}

function without<T>(from: readonly T[], pick: number): T[] {
  return from.filter((_each, index) => index !== pick % from.length);
}

function isAt(record: Place, { partition, offset }: Place): boolean {
  return record.partition === partition && record.offset === offset;
}

function endOf({ raw }: WholeHistory, partition: number): number {
  return raw.filter((record) => record.partition === partition).length;
}

function digestAt({ raw }: WholeHistory, place: Place): string {
  return raw.find((record) => isAt(record, place))!.digest;
}

/** Lines of events that were acknowledged and are in raw once. */
function sentOnce(good: WholeHistory): LedgerLine[] {
  return good.ledger.filter((line) => {
    const digest = digestAt(good, line);
    const copies = good.raw.filter((record) => record.digest === digest).length;
    return copies === 1 && good.sent.some((event) => event.digest === digest && event.acknowledged);
  });
}

/** Two lines of one org with consecutive sequences. */
function neighbours(ledger: readonly LedgerLine[], pick: number): [LedgerLine, LedgerLine] {
  const one = chosen(
    ledger.filter(({ sequence }) => sequence > 1),
    pick,
  );
  const isBefore = (line: LedgerLine) => line.org === one.org && line.sequence === one.sequence - 1;
  return [ledger.find(isBefore)!, one];
}

/** The ledger with one more line, in the order of its partition. */
function inserted(ledger: readonly LedgerLine[], line: Omit<LedgerLine, 'sequence'>): LedgerLine[] {
  const lines = [...ledger, line].toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  return numbered(lines);
}

/** An object with its first line alone. */
function oneLine(object: DeliveredObject): DeliveredObject {
  return { ...object, lines: object.lines.slice(0, 1) };
}

function onlyOf({ objects }: WholeHistory, destination: string): DeliveredObject {
  return objects.find((object) => object.destination === destination)!;
}

function replaceObject(
  good: WholeHistory,
  pick: number,
  least: number,
  change: (lines: readonly Buffer[]) => Buffer[],
): WholeHistory {
  const spoilt = chosen(
    good.objects.filter(({ lines }) => lines.length >= least),
    pick,
  );
  const changed = { ...spoilt, lines: change(spoilt.lines) };
  return { ...good, objects: good.objects.map((object) => (object === spoilt ? changed : object)) };
}

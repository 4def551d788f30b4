import { hash } from 'node:crypto';
import fc from 'fast-check';
import type {
  DeliveredObject,
  History,
  LedgerLine,
  RawRecord,
  RejectedRecord,
  SentEvent,
  ViewRow,
} from '../index.ts';

/** A history with everything in it that may be absent from others. */
export type WholeHistory = Required<History>;

/** One thing that a producer does. */
export interface Step {
  readonly org: string;
  readonly does: 'sends' | 'sends poison' | 'repeats' | 'hears nothing' | 'fails';
}

const ORGS = ['org_a', 'org_b', 'org_c', 'org_d'];
/** `org_d` has no destination. The destination of `org_b` begins late. */
const DESTINATIONS = [
  { id: 'dst_a', org: 'org_a', start: 1 },
  { id: 'dst_b', org: 'org_b', start: 2 },
  { id: 'dst_c', org: 'org_c', start: 1 },
];
const LINES_PER_OBJECT = 3;

const step: fc.Arbitrary<Step> = fc.record({
  org: fc.constantFrom(...ORGS),
  does: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step['does']>('sends') },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Step['does'][]>('sends poison', 'repeats', 'hears nothing', 'fails'),
    },
  ),
});

/** What producers do, in order. Each org sends four events at least, each partition holds poison. */
export const anySteps: fc.Arbitrary<Step[]> = fc
  .array(step, { maxLength: 40 })
  .map((steps) => [...opening(), ...steps]);

function opening(): Step[] {
  const sends = [0, 1, 2, 3].flatMap(() => ORGS.map((org): Step => ({ org, does: 'sends' })));
  return [...sends, { org: 'org_a', does: 'sends poison' }, { org: 'org_b', does: 'sends poison' }];
}

/** What an honest system makes of these steps: a history in which nothing is wrong. */
export function goodHistory(steps: readonly Step[]): WholeHistory {
  const sent: SentEvent[] = [];
  const raw: RawRecord[] = [];
  const accepted: Omit<LedgerLine, 'sequence'>[] = [];
  const rejected: RejectedRecord[] = [];
  const values = new Map<string, { value: string; event: SentEvent }>();
  for (const [number, { org, does }] of steps.entries()) {
    const partition = partitionOf(org);
    const offset = raw.filter((record) => record.partition === partition).length;
    const known = does === 'repeats' ? values.get(org) : undefined;
    const value = known?.value ?? lineOf(org, number);
    const isPoison = does === 'sends poison';
    const event: SentEvent = known?.event ?? {
      org,
      source: isPoison ? '' : 'shop',
      id: isPoison ? '' : `e_${number}`,
      digest: hash('sha256', value, 'hex'),
      acknowledged: does === 'sends' || does === 'sends poison' || does === 'repeats',
      fate: isPoison ? 'rejected' : 'accepted',
    };
    const isThere = does !== 'fails';
    sent.push(event.acknowledged && isThere ? { ...event, place: { partition, offset } } : event);
    if (!isThere) continue;
    const record = { org, partition, offset, digest: event.digest };
    raw.push(record);
    if (isPoison) rejected.push(record);
    else if (known === undefined) {
      accepted.push({ org, partition, offset, line: spliced(value, attributes(number)) });
      values.set(org, { value, event });
    }
  }
  const found = { sent, raw, rejected, quarantine: rejected, destinations: DESTINATIONS };
  return { ...found, ...foundIn(numbered(accepted)) };
}

/** Two orgs share a partition. */
export function partitionOf(org: string): number {
  return ORGS.indexOf(org) % 2;
}

function lineOf(org: string, number: number): string {
  return `{"id":"e_${number}","source":"shop","orgid":"${org}","data":{"note":",\\"acceptedtime\\":"}}`;
}

function attributes(number: number): string {
  return `"acceptedtime":"2026-11-27T11:00:00.${String(number).padStart(3, '0')}Z","orgname":"A } \\"B\\""`;
}

/** As enrichment and layouts do it. */
export function spliced(line: string | Buffer, members: string): Buffer {
  const text = line.toString();
  const close = text.lastIndexOf('}');
  return Buffer.from(`${text.slice(0, close)},${members}${text.slice(close)}`);
}

/** Gives sequences to lines that are in the order of their org. */
export function numbered(lines: readonly Omit<LedgerLine, 'sequence'>[]): LedgerLine[] {
  const heads = new Map<string, number>();
  return lines.map((line) => {
    const sequence = (heads.get(line.org) ?? 0) + 1;
    heads.set(line.org, sequence);
    return { ...line, sequence };
  });
}

/** A ledger, with the view and the buckets that follow from it. */
export function foundIn(ledger: readonly LedgerLine[]): {
  ledger: LedgerLine[];
  view: ViewRow[];
  objects: DeliveredObject[];
} {
  const view = ledger.map(({ org, partition, offset, line }) => ({ org, partition, offset, line }));
  return { ledger: [...ledger], view, objects: DESTINATIONS.flatMap((to) => objectsOf(to, ledger)) };
}

function objectsOf(
  { id, org, start }: (typeof DESTINATIONS)[number],
  ledger: readonly LedgerLine[],
): DeliveredObject[] {
  const due = ledger.filter((line) => line.org === org && line.sequence >= start);
  const objects: DeliveredObject[] = [];
  for (let at = 0, lines: LedgerLine[] = []; at < due.length; at += lines.length) {
    lines = due.slice(at, at + LINES_PER_OBJECT);
    // An object's sequences continue each other.
    lines = lines.filter((line, index) => line.sequence === lines[0]!.sequence + index);
    const [first, last] = [lines[0]!.sequence, lines.at(-1)!.sequence];
    objects.push({
      destination: id,
      key: `${org}/2026/11/27/${first}-${last}-0123456789.ndjson.gz`,
      version: 'v1',
      first,
      lines: lines.map(({ line }) => spliced(line, '"actorname":null,"actoremail":"a@b.example"')),
    });
  }
  return objects;
}

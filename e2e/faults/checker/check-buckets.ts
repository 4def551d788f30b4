import { hash } from 'node:crypto';
import type { Around } from './findings.ts';
import type { DeliveredObject, Destination, History, LedgerLine } from './history.ts';
import { nameOf, type Violation, type ViolationKind } from './violation.ts';
import { LAYOUT_ATTRIBUTES, withoutAttributes } from './without-attributes.ts';

/** Each destination holds its org's ledger from its start on: each line once over all versions, at its sequence. */
export function checkBuckets({ destinations, objects, ledger }: History, around: Around): Violation[] {
  const index = new LedgerIndex(ledger);
  const byDestination = Map.groupBy(objects, ({ destination }) => destination);
  return destinations.flatMap((destination) => {
    const check = new BucketCheck(destination, index, around);
    for (const object of byDestination.get(destination.id) ?? []) check.take(object);
    return check.end();
  });
}

/** The ledger by org and sequence, and, made only when something does not fit, by bytes. */
class LedgerIndex {
  readonly #orgs: Map<string, Map<number, LedgerLine>>;
  readonly #ledger: readonly LedgerLine[];
  #contents: Map<string, LedgerLine[]> | undefined;

  constructor(ledger: readonly LedgerLine[]) {
    this.#ledger = ledger;
    const orgs = [...Map.groupBy(ledger, ({ org }) => org)];
    this.#orgs = new Map(
      orgs.map(([org, lines]) => [org, new Map(lines.map((line) => [line.sequence, line]))]),
    );
  }

  org(org: string): ReadonlyMap<number, LedgerLine> {
    return this.#orgs.get(org) ?? new Map<number, LedgerLine>();
  }

  /** The lines with these bytes; of several orgs at worst. */
  holding(line: Buffer): LedgerLine[] {
    this.#contents ??= Map.groupBy(this.#ledger, (each) => hash('sha256', each.line, 'hex'));
    return this.#contents.get(hash('sha256', line, 'hex')) ?? [];
  }
}

class BucketCheck {
  readonly #destination: Destination;
  readonly #index: LedgerIndex;
  readonly #around: Around;
  readonly #seen = new Set<number>();
  readonly #wrong: Violation[] = [];

  constructor(destination: Destination, index: LedgerIndex, around: Around) {
    this.#destination = destination;
    this.#index = index;
    this.#around = around;
  }

  take(object: DeliveredObject): void {
    object.lines.forEach((delivered, number) => {
      const where = `bucket ${this.#destination.id} ${object.key} (version ${object.version}) line ${number + 1}`;
      const { kind, line } = this.#judge(delivered, object.first + number);
      if (kind !== undefined) this.#wrong.push({ kind, where, event: this.#name(line, delivered) });
    });
  }

  /** What was found; and, once all has settled, what is missing. */
  end(): Violation[] {
    const { id, org, start } = this.#destination;
    if (!this.#around.settled) return this.#wrong;
    const missing = [...this.#index.org(org).values()].filter(
      ({ sequence }) => sequence >= start && !this.#seen.has(sequence),
    );
    const lost = missing.map((line): Violation => {
      return { kind: 'lost', event: this.#name(line), where: `bucket ${id} ${org} #${line.sequence}` };
    });
    return [...this.#wrong, ...lost];
  }

  #judge(delivered: Buffer, sequence: number): { kind?: ViolationKind; line?: LedgerLine | undefined } {
    const { org, start } = this.#destination;
    const line = withoutAttributes(delivered, LAYOUT_ATTRIBUTES);
    const due = this.#index.org(org).get(sequence);
    if (line !== undefined && due?.line.equals(line)) {
      if (this.#isNew(sequence)) return sequence < start ? { kind: 'phantom', line: due } : {};
      return { kind: 'doubled', line: due };
    }
    return this.#misfit(line, due);
  }

  /** Bytes that are not those of the ledger at that sequence: another event's, or nobody's. */
  #misfit(
    line: Buffer | undefined,
    due: LedgerLine | undefined,
  ): { kind: ViolationKind; line?: LedgerLine | undefined } {
    const found = line === undefined ? [] : this.#index.holding(line);
    const own = found.find(({ org }) => org === this.#destination.org);
    if (own !== undefined) return { kind: this.#isNew(own.sequence) ? 'out-of-order' : 'doubled', line: own };
    if (found[0] !== undefined) return { kind: 'wrong-org', line: found[0] };
    if (due === undefined || !this.#isNew(due.sequence)) return { kind: 'phantom', line: undefined };
    return { kind: 'changed', line: due };
  }

  #isNew(sequence: number): boolean {
    const size = this.#seen.size;
    return this.#seen.add(sequence).size > size;
  }

  #name(line: LedgerLine | undefined, delivered: Buffer = Buffer.alloc(0)): string {
    if (line === undefined) return `${this.#destination.org} ${delivered.toString('utf8')}`;
    const sent = this.#around.expectations.at(line)?.sent;
    return sent === undefined ? `${line.org} #${line.sequence}` : nameOf(sent);
  }
}

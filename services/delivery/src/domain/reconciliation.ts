import type { Gap } from './segment-gathering.ts';

/** What the ledger says of a partition, read in one snapshot. */
export interface LedgerTerms {
  readonly rawLast: number;
  readonly enrichedNext: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly repeats: number;
  readonly holes: number;
  readonly gap: Gap | null;
  /** Why the partition is sealed no further, when it has stopped. */
  readonly stopped: { readonly code: string; readonly detail: string } | null;
  /** The same counted from the sealed segments. */
  readonly inSegments: { readonly accepted: number; readonly rejected: number };
  /** The same counted from the heads of the partition's orgs. */
  readonly inHeads: number;
  /** The org's head: how many of its events are in the ledger. */
  readonly head: number;
}

/** What Kafka says beyond it. `uncounted` says why the tail could not be counted. */
export interface LogTerms {
  readonly rawEnd: number;
  readonly unsealed: { readonly records: number; readonly holes: number } | { readonly uncounted: string };
}

/** The view's count of the org, and what the ledger and the tail say it should be up to the same raw offset. */
export interface ViewTerms {
  readonly last: number;
  readonly events: number;
  readonly expected: number | null;
  /** Raw offsets that the view lacks a verdict on. */
  readonly gap: Gap | null;
  /** Why the view is fed no further, when it has stopped. */
  readonly stopped: { readonly code: string; readonly detail: string } | null;
}

/** Invariant 4 for one destination; each term counted on its own. */
export interface DestinationTerms {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Sequence before its first event: those from `start + 1` on are its own. */
  readonly start: number;
  readonly delivered: number;
  readonly pending: number;
  readonly filtered: number;
  readonly quarantined: number;
  readonly expired: number;
}

/** An equation that should hold, with its two sides. */
export interface Equation {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly holds: boolean;
  readonly says: string;
}

/** Raw records = accepted + rejected + repeats + not yet sealed, counted from Kafka and from the ledger. */
export function partitionEquations(ledger: LedgerTerms, log: LogTerms): Equation[] {
  const sealed = ledger.accepted + ledger.rejected + ledger.repeats + ledger.holes;
  return [
    equation(
      'sealed',
      ledger.rawLast + 1,
      sealed,
      'raw offsets sealed = accepted + rejected + repeats + holes',
    ),
    equation('segments', ledger.accepted, ledger.inSegments.accepted, 'accepted = events in sealed segments'),
    equation(
      'rejected',
      ledger.rejected,
      ledger.inSegments.rejected,
      'rejected = records kept in sealed segments',
    ),
    equation('heads', ledger.accepted, ledger.inHeads, 'accepted = sum of the heads of its orgs'),
    equation('gap', gapOf(ledger), 0, 'raw offsets that enriched lacks a verdict on = 0'),
    rawEquation(sealed, log),
  ];
}

/** A partition in which enrichment gives no more verdicts. */
export interface EnrichmentStop {
  readonly partition: number;
  readonly code: string;
  readonly detail: string;
}

/** Equations that fail when somebody stands still and nothing but an operator helps; nothing while all go on. */
export function standingEquations(
  ledger: LedgerTerms,
  view: ViewTerms | null,
  stop: EnrichmentStop | undefined,
): Equation[] {
  const stands = (name: string, { code, detail }: { code: string; detail: string }): Equation => ({
    name,
    left: 1,
    right: 0,
    holds: false,
    says: `partitions that stand still = 0: ${code}, ${detail}`,
  });
  return [
    ...(stop ? [stands('enrichment', stop)] : []),
    ...(ledger.stopped ? [stands('sealer', ledger.stopped)] : []),
    ...(view?.stopped ? [stands('projector', view.stopped)] : []),
    ...(view?.gap ? [stands('projector', lacking(view.gap))] : []),
  ];
}

function lacking({ from, to }: Gap): { code: string; detail: string } {
  return { code: 'verdict-gap', detail: `enriched lacks the verdicts on raw offsets ${from}–${to}` };
}

function rawEquation(sealed: number, { rawEnd, unsealed }: LogTerms): Equation {
  if ('uncounted' in unsealed) {
    return { name: 'raw', left: rawEnd, right: sealed, holds: false, says: unsealed.uncounted };
  }
  const right = sealed + unsealed.records + unsealed.holes;
  return equation('raw', rawEnd, right, 'raw offsets = sealed + not yet sealed (records and holes)');
}

function gapOf({ gap }: LedgerTerms): number {
  return gap ? gap.to - gap.from + 1 : 0;
}

/** Nothing where the view could not be asked, or the ledger not read that far back. */
export function viewEquations(view: ViewTerms | null): Equation[] {
  if (!view || view.expected === null) return [];
  const says = `events in the view = accepted up to raw offset ${view.last}`;
  return [equation('view', view.events, view.expected, says)];
}

export function destinationEquation(head: number, terms: DestinationTerms): Equation {
  const { id, start, delivered, pending, filtered, quarantined, expired } = terms;
  const right = delivered + pending + filtered + quarantined + expired;
  const says = 'head - start = delivered + pending + filtered + quarantined + expired';
  return equation(`destination ${id}`, head - start, right, says);
}

function equation(name: string, left: number, right: number, says: string): Equation {
  return { name, left, right, holds: left === right, says };
}

import type { CampaignReport } from './attack/campaign.ts';
import { HITS, LONG_RUN } from './attack/schedule.ts';
import { type History, type Violation, VIOLATION_KINDS, type ViolationKind } from './checker/index.ts';
import type { Reconciled } from './gather/reconcile.ts';
import { ALL_POINTS } from './points.ts';

/** How a run ended, as it is written beside its data. */
export interface Summary {
  readonly passed: boolean;
  readonly seed: number;
  readonly seconds: number;
  readonly kills: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly byPoint: Readonly<Record<string, number>>;
  /** In a long run: points with fewer hits than it must have. */
  readonly tooFew: readonly string[];
  readonly rebalances: number;
  /** Processes of ours that were started again. */
  readonly recoveries: number;
  readonly events: {
    readonly acknowledged: number;
    readonly raw: number;
    readonly accepted: number;
    readonly rejected: number;
    /** Records of raw that were repeats: sent again on purpose, or by a relay or producer that did not know. */
    readonly repeats: number;
    readonly orgs: number;
    readonly delivered: number;
  };
  readonly settled: boolean;
  readonly open: readonly string[];
  readonly reconciled: readonly Reconciled[];
  readonly violations: Readonly<Record<ViolationKind, number>>;
  /** The first of them, in words. */
  readonly found: readonly Violation[];
}

interface Facts {
  readonly options: { readonly kills: number; readonly seed: number };
  readonly report: CampaignReport;
  readonly rest: { readonly settled: boolean; readonly open: readonly string[] };
  readonly reconciled: readonly Reconciled[];
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly seconds: number;
  readonly rebalances: number;
  readonly starts: number;
}

/** As many violations are told as a person reads. */
const TOLD = 100;

export function summaryOf(facts: Facts): Summary {
  const { options, report, rest, reconciled, violations, seconds, rebalances, starts } = facts;
  const isLong = options.kills >= LONG_RUN;
  const tooFew = isLong ? ALL_POINTS.filter((point) => (report.byPoint[point] ?? 0) < HITS) : [];
  const passed =
    violations.length === 0 &&
    rest.settled &&
    tooFew.length === 0 &&
    reconciled.every(({ addsUp }) => addsUp);
  return {
    passed,
    seed: options.seed,
    seconds,
    kills: report.kills,
    byKind: report.byKind,
    byPoint: report.byPoint,
    tooFew,
    rebalances,
    recoveries: starts,
    events: eventsOf(facts.history),
    ...rest,
    reconciled,
    violations: countsOf(violations),
    found: violations.slice(0, TOLD),
  };
}

function eventsOf({ sent, raw, ledger, quarantine = [], objects }: History): Summary['events'] {
  return {
    acknowledged: sent.filter(({ acknowledged }) => acknowledged).length,
    raw: raw.length,
    accepted: ledger.length,
    rejected: quarantine.length,
    repeats: raw.length - ledger.length - quarantine.length,
    orgs: new Set(ledger.map(({ org }) => org)).size,
    delivered: objects.reduce((sum, { lines }) => sum + lines.length, 0),
  };
}

function countsOf(violations: readonly Violation[]): Record<ViolationKind, number> {
  const counts = VIOLATION_KINDS.map((kind) => [
    kind,
    violations.filter((each) => each.kind === kind).length,
  ]);
  return Object.fromEntries(counts) as Record<ViolationKind, number>;
}

/** For people. */
export function summaryText(summary: Summary): string {
  const { events, violations, reconciled } = summary;
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  return [
    '',
    `${summary.passed ? 'PASSED' : 'FAILED'}  seed ${summary.seed}, ${summary.kills} kills in ${summary.seconds} s`,
    `  kills by kind    ${list(summary.byKind)}`,
    `  kills by point   ${list(summary.byPoint)}`,
    `  hit too rarely   ${summary.tooFew.join(', ') || 'none'}`,
    `  rebalances       ${summary.rebalances}`,
    `  recoveries       ${summary.recoveries}`,
    `  events           ${list(events)}`,
    `  came to rest     ${summary.settled ? 'yes' : `no: ${summary.open.join('; ')}`}`,
    `  reconciliation   ${reconciled.map(({ org, addsUp, problems }) => `${org} ${addsUp ? 'adds up' : problems.join('; ')}`).join(', ')}`,
    `  violations       ${list(violations)}`,
    ...summary.found.slice(0, 20).map(({ kind, event, where }) => `    ${kind}: ${event} in ${where}`),
    '',
  ].join('\n');
}

import { footerRange, type Footer, rawOffsetsOf, readFooter, readRun, runOf } from '@auditorium/ledger';
import type { DeliveryStage } from './stage.ts';

/** What is wrong with the ledger: an event that is missing, twice, out of order or changed; a hole in a sequence. */
export function ledgerProblems(stage: DeliveryStage): string[] {
  return [...stage.enriched.orgs.flatMap((org) => historyProblems(stage, org)), ...objectProblems(stage)];
}

function historyProblems(stage: DeliveryStage, org: string): string[] {
  const expected = stage.enriched.expected(org);
  const found = historyOf(stage, org);
  if (typeof found === 'string') return [`${org}: ${found}`];
  if (found.length !== expected.length)
    return [`${org} has ${found.length} events in the ledger instead of ${expected.length}`];
  const at = expected.findIndex(
    ({ raw, line }, index) => found[index]?.raw !== raw || found[index]?.line !== line,
  );
  if (at < 0) return [];
  return [
    `event ${at + 1} of ${org} is raw ${found[at]?.raw}, not ${expected[at]?.raw}, or its line was changed`,
  ];
}

/** An org's whole history as a stranger would read it, from its head back along the chain. */
function historyOf({ tables, ledger }: DeliveryStage, org: string): { raw: number; line: string }[] | string {
  const head = tables.heads.get(org);
  const pieces: { raw: number; line: string }[][] = [];
  let sequence = head?.sequence ?? 0;
  let key = head === undefined ? null : (tables.segments.get(head.segment)?.key ?? null);
  while (key !== null) {
    const body = ledger.objects.get(key)?.body;
    if (body === undefined) return `${key} is not in the ledger bucket`;
    const run = runOf(footerOf(body), org);
    if (run?.last !== sequence) return `${key} ends at ${run?.last}, not ${sequence}`;
    const raws = rawOffsetsOf(run);
    const { lines } = readRun(body.subarray(run.offset, run.offset + run.length), run);
    pieces.unshift([...lines()].map((line, index) => ({ raw: raws[index] ?? -1, line: line.toString() })));
    sequence = run.first - 1;
    key = run.previous;
  }
  return sequence === 0 ? pieces.flat() : `the chain ends at ${sequence}`;
}

function footerOf(body: Buffer): Footer {
  const { from } = footerRange(body, body.length);
  return readFooter(body.subarray(from), body.length);
}

/** Each sealed segment has its object. */
function objectProblems({ tables, ledger }: DeliveryStage): string[] {
  return tables.segments
    .rows()
    .filter(({ state, key }) => state === 'sealed' && !ledger.objects.has(key))
    .map(({ key }) => `the sealed segment ${key} has no object`);
}

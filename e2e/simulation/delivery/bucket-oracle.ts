import { gunzipSync } from 'node:zlib';
import { epochOf } from '../../../services/delivery/src/s3/plan-copies.ts';
import type { DestinationRow } from '../postgres/courier-tables.ts';
import type { DeliveryStage } from './stage.ts';
import { type PlannedWrite, STRANGER } from './watcher.ts';

/** What is wrong in the customers' buckets, over all versions of all objects. */
export function bucketProblems(stage: DeliveryStage): string[] {
  const { watcher, tables } = stage;
  const writes = Map.groupBy(watcher.writes, ({ destination }) => destination);
  return [
    ...watcher.writes.flatMap((write) => contentProblems(stage, write)),
    ...[...writes.values()].flatMap(overlaps),
    ...tables.destinations.rows().flatMap((row) => coverageProblems(stage, row, writes.get(row.id) ?? [])),
  ];
}

const NAMES = /,"actorname":(null|"[^"]*"),"actoremail":(null|"[^"]*")\}$/;

/** The ledger's lines and nothing else, with the right names or none. */
function contentProblems({ enriched }: DeliveryStage, write: PlannedWrite): string[] {
  const { version, org, first, last } = write;
  const lines = gunzipSync(version.body).toString().split('\n').slice(0, -1);
  const expected = enriched.expected(org).slice(first - 1, last);
  if (lines.length !== expected.length)
    return [`${version.key} has ${lines.length} events instead of ${expected.length}`];
  const wrong = lines.findIndex((line, index) => line.replace(NAMES, '}') !== expected[index]?.line);
  if (wrong >= 0)
    return [`${version.key}: line ${wrong + 1} is not that of event ${first + wrong} of ${org}`];
  return lines.some((line) => !isRightlyNamed(line)) ? [`${version.key}: a wrong name`] : [];
}

function isRightlyNamed(line: string): boolean {
  const { data, actorversion, actorname } = JSON.parse(line) as {
    data: { actor: { id: string } };
    actorversion: number;
    actorname: string | null;
  };
  return actorname === null || actorname === `${data.actor.id} v${actorversion}`;
}

function overlaps(writes: readonly PlannedWrite[]): string[] {
  const sorted = writes.toSorted((a, b) => a.first - b.first);
  return sorted.flatMap((write, index) => {
    const before = sorted[index - 1];
    if (before === undefined || before.last < write.first) return [];
    return [`${before.version.key} and ${write.version.key} hold the same events of ${write.org}`];
  });
}

/** From the start to the cursor each event is in an object, or was excused: a stranger's object may look like ours. */
function coverageProblems(
  stage: DeliveryStage,
  row: DestinationRow,
  writes: readonly PlannedWrite[],
): string[] {
  const { tables } = stage;
  const cursor = tables.cursors.get(row.id);
  if (cursor === undefined) return [`${row.id} has no cursor`];
  const problems: string[] = [];
  const covered = new Set(writes.flatMap(rangeOf));
  for (const receipt of tables.receipts.rows().filter(({ destination }) => destination === row.id)) {
    const plan = tables.plans.get(receipt.plan);
    if (plan === undefined || writes.some(({ version }) => version.key === plan.key)) continue;
    if (isExcused(stage, row.bucket, receipt.plan, plan.key)) rangeOf(plan).forEach((n) => covered.add(n));
    else problems.push(`${plan.key} has a receipt, and was never written`);
  }
  for (let sequence = cursor.start + 1; sequence <= cursor.cursor; sequence += 1)
    if (!covered.has(sequence))
      problems.push(`event ${sequence} of ${row.org} is not in ${row.bucket}/${row.prefix}`);
  return problems;
}

/** Somebody else's object was there, and an earlier attempt of ours, or one that was forgotten, may have written it. */
function isExcused({ tables, customers }: DeliveryStage, bucket: string, plan: string, key: string): boolean {
  const versions = customers.byBucket.get(bucket)?.bucket.versions ?? [];
  const isStrange = versions.some((version) => version.key === key && version.by === STRANGER);
  const attempts = tables.attempts.rows().filter((row) => row.plan === plan && row.may_have_written);
  const copy = tables.plans.get(plan)?.copied_in;
  const isOlder = attempts.some(({ epoch }) => typeof copy === 'string' && epochOf(copy) < epoch);
  return isStrange && (attempts.length > 1 || isOlder);
}

function rangeOf({ first, last }: { first: number; last: number }): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

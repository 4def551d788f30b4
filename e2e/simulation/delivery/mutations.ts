import type { Mutation } from '../mutation.ts';
import { DRAWN } from './nemesis.ts';

const PARTITIONS = 'services/delivery/src/postgres/partitions.ts';

/** What sealer, reaper and courier must not do. */
export const DELIVERY_MUTATIONS: readonly Mutation[] = [
  {
    play: 'delivery',
    name: 'the epoch is not raised',
    rule: 'whoever had a partition before can do no harm',
    file: 'e2e/simulation/postgres/ledger-statements.ts',
    find: 'epoch: epoch + 1',
    replace: 'epoch',
  },
  {
    play: 'delivery',
    name: 'the checkpoint moves without a compare',
    rule: 'the position moves by compare-and-swap under its epoch',
    file: PARTITIONS,
    find: 'if (rowCount !== 1) throw fenced(partition, epoch);',
    replace: '',
  },
  {
    play: 'delivery',
    name: 'the row is written after the PUT',
    rule: 'a row says writing before the first byte of a segment is sent',
    file: 'services/delivery/src/seal-segment.ts',
    find: "  const id = await tried(deps, held, 'row', () => beginSegment(deps.pool, segment));\n  await deps.reached('sealer.after-row');\n  await tried(deps, held, 'put', () => putSegment(deps.store, segment, held.signal));",
    replace:
      "  await tried(deps, held, 'put', () => putSegment(deps.store, segment, held.signal));\n  const id = await tried(deps, held, 'row', () => beginSegment(deps.pool, segment));\n  await deps.reached('sealer.after-row');",
  },
  {
    play: 'delivery',
    name: 'sealed before the object is there',
    rule: 'a sealed segment has its object',
    file: 'services/delivery/src/seal-segment.ts',
    find: "  await tried(deps, held, 'put', () => putSegment(deps.store, segment, held.signal));",
    replace:
      "  void tried(deps, held, 'put', () => putSegment(deps.store, segment, held.signal)).catch(() => undefined);",
  },
  {
    play: 'delivery',
    name: 'the consumer takes what lies behind a gap',
    rule: 'a gap stops the partition until it is refilled',
    file: 'services/delivery/src/domain/segment-gathering.ts',
    find: "    if (decision === 'gap') {",
    replace: "    if (decision === ('never' as string)) {",
  },
  {
    play: 'delivery',
    name: 'the reaper deletes what is being written',
    rule: 'only the object of an abandoned segment is ever deleted',
    file: 'e2e/simulation/postgres/ledger-statements.ts',
    find: "      state === 'abandoned' &&\n      ((looks === 0",
    replace: "      state !== 'sealed' &&\n      ((looks === 0",
    scenario: DRAWN.late,
  },
  {
    play: 'delivery',
    name: 'the reaper counts a look twice',
    rule: 'an abandoned object is looked for again after a day',
    file: 'e2e/simulation/postgres/ledger-statements.ts',
    find: "row.id === id && row.looks === looks && row.state === 'abandoned';\n    return (await tx.update(table, isIt, () => ({ looks: looks + 1 }))).length;",
    replace:
      "row.id === id && row.state === 'abandoned';\n    return (await tx.update(table, isIt, (row) => ({ looks: row.looks + 1 }))).length;",
    scenario: DRAWN.sleeper,
  },
  {
    play: 'delivery',
    name: 'any 412 is ours',
    rule: 'a 412 is success only where an earlier attempt may have written',
    file: 'services/delivery/src/domain/window.ts',
    find: "return earlierMayHaveWritten ? 'found' : 'conflict';",
    replace: "return 'found';",
    scenario: DRAWN.strangers,
  },
  {
    play: 'delivery',
    name: 'no 412 is ours',
    rule: 'an object of ours whose answer was lost is found, not called a conflict',
    file: 'services/delivery/src/domain/window.ts',
    find: "return earlierMayHaveWritten ? 'found' : 'conflict';",
    replace: "return 'conflict';",
  },
  {
    play: 'delivery',
    name: 'an attempt is recorded after the PUT',
    rule: 'an attempt is on record before the first byte is sent',
    file: 'services/delivery/src/send-object.ts',
    find: "  const attempt = await beginAttempt(deps.pool, round.lease, plan);\n  if (attempt === undefined) return 'inactive';\n  await deps.reached('courier.attempt-recorded');\n  const put = await tryPut(deps, round, layout, plan, attempt, body);",
    replace:
      "  const put = await tryPut(deps, round, layout, plan, { id: 0, earlierMayHaveWritten: true }, body);\n  const attempt = await beginAttempt(deps.pool, round.lease, plan);\n  if (attempt === undefined) return 'inactive';\n  await deps.reached('courier.attempt-recorded');",
  },
  {
    play: 'delivery',
    name: 'planned again instead of sent again',
    rule: 'what is sent was planned, and a retry sends the same plan',
    file: 'services/delivery/src/postgres/plans.ts',
    find: '  if (unsent.rows[0] !== undefined) return { unsent: unsent.rows[0] };',
    replace:
      '  if (unsent.rows[0] !== undefined) return { unsent: { ...unsent.rows[0], key: `${unsent.rows[0].key}${Date.now()}` } };',
  },
  {
    play: 'delivery',
    name: 'the cursor moves before the last receipt',
    rule: 'a window is delivered when all of it is planned, and all of that has receipts',
    file: 'e2e/simulation/postgres/receipt-statements.ts',
    find: "row.id === id && row.state === 'planned'",
    replace: "row.id === id && row.state !== 'delivered'",
  },
  {
    play: 'delivery',
    name: 'plans are adopted as if never attempted',
    rule: 'a plan that a restored database had forgotten counts as attempted',
    file: 'services/delivery/src/postgres/attempts.ts',
    find: 'may_have_written || isOfEarlierLease(plan, lease)',
    replace: 'may_have_written',
    scenario: DRAWN.restore,
  },
  {
    play: 'delivery',
    name: 'copies of plans are not adopted',
    rule: 'a database that was restored takes up the plans that it has forgotten',
    file: 'services/delivery/src/adopt-plans.ts',
    find: '  for (const key of keys) {',
    replace: '  for (const key of keys.slice(0, 0)) {',
    scenario: DRAWN.restore,
  },
  {
    play: 'delivery',
    name: 'a plan is sent without its copy',
    rule: 'a plan lies in the ledger bucket before its object is sent',
    file: 'services/delivery/src/deliver-window.ts',
    find: '  if (object.plan.copiedIn !== null) return object;',
    replace: '  if (object.plan.bytes >= 0) return object;',
    scenario: DRAWN.restore,
  },
  {
    play: 'delivery',
    name: 'leases whose taking was never answered are renewed',
    rule: 'a partition that nobody works for is taken by somebody',
    file: 'e2e/simulation/postgres/lease-statements.ts',
    find: 'row.holder === holder && partitions.includes(row.partition);\n    return (await tx.update(table, isHeld',
    replace: 'row.holder === holder && partitions.length >= 0;\n    return (await tx.update(table, isHeld',
  },
];

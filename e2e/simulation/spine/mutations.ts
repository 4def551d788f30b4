import type { Mutation } from '../mutation.ts';

const RELAY_LANE = 'libs/sdk/src/relay-lane.ts';
const ENRICH_BATCH = 'services/enrichment/src/enrich-batch.ts';
const RESUME = 'services/enrichment/src/resume-partition.ts';

type Described = Omit<Mutation, 'play'>;

const RELAY: readonly Described[] = [
  {
    name: 'relay: another number than was committed',
    rule: 'a number is committed before it is sent, and sent again as it was',
    file: RELAY_LANE,
    find: 'const sequence = Number(row.sequence);',
    replace: 'const sequence = Number(row.sequence) + Math.floor(Math.random() * 3);',
  },
  {
    name: 'relay: sends past a failed send',
    rule: 'what follows a failed send waits for it',
    file: RELAY_LANE,
    find: 'if (!(await this.#send(rows))) {',
    replace: 'await this.#send(rows);\n      if (this.#around.signal.aborted) {',
  },
  {
    name: 'relay: deletes before Kafka has it',
    rule: 'a row is deleted once Kafka has acknowledged it',
    file: RELAY_LANE,
    find: 'if (!(await this.#sendOnce(messages))) return false;',
    replace: 'await this.#sendOnce(messages);',
  },
  {
    name: 'relay: serves a shard without its lock',
    rule: 'one relay at a time serves a shard',
    file: 'libs/sdk/src/relay.ts',
    find: 'return answer?.locked === true;',
    replace: 'return answer !== undefined;',
  },
];

const ENRICHMENT: readonly Described[] = [
  {
    name: 'enrichment: memory kept after a failed send',
    rule: 'after a failed send everything is forgotten and read back',
    file: 'services/enrichment/src/kafka/partition-enricher.ts',
    find: 'this.#session.good = false;\n      watch.failures.failed(',
    replace: 'watch.failures.failed(',
  },
  {
    name: 'enrichment: holes are not accounted for',
    rule: 'raw-from says which raw positions a verdict accounts for',
    file: ENRICH_BATCH,
    find: 'const rawFrom = state.last + 1;\n  const decision =',
    replace: 'const rawFrom = record.offset;\n  const decision =',
  },
  {
    name: 'enrichment: saved position too recent',
    rule: 'a position without its memory lies a whole memory behind',
    file: 'services/enrichment/src/domain/positions.ts',
    find: 'position.rawLast > last - this.#span',
    replace: 'position.rawLast > last - 1',
  },
  {
    name: 'enrichment: position saved without its memory',
    rule: 'the newest position is saved together with the memory',
    file: 'services/enrichment/src/save-position.ts',
    find: 'marks, memory: state.memory.export(state.last) };',
    replace: 'marks };',
  },
  {
    name: 'enrichment: marks not saved',
    rule: 'marks are saved with every position',
    file: 'services/enrichment/src/postgres/positions.ts',
    find: 'if (marks.length > 0) {',
    replace: 'if (marks.length > 1_000) {',
  },
  {
    name: 'enrichment: its own clock',
    rule: "the clock of a verdict is the broker's append time",
    file: 'services/enrichment/src/domain/decide-verdict.ts',
    find: 'checkEvent(record.value, record.key, record.timestamp)',
    replace: 'checkEvent(record.value, record.key, Date.now())',
  },
  {
    name: 'enrichment: rejected events reserve their number',
    rule: 'a rejected record leaves nothing behind',
    file: 'services/enrichment/src/domain/partition-state.ts',
    find: "if (given.verdict === 'rejected' || given.identity === undefined) return;",
    replace:
      "if (given.verdict === 'rejected' && given.outbox !== undefined && given.sequence !== undefined) this.#raise(given.outbox, given.sequence);\n    if (given.verdict === 'rejected' || given.identity === undefined) return;",
  },
  {
    name: 'enrichment: never sends again after a failure',
    rule: 'a partition that was read back can be sent to again',
    file: RESUME,
    find: 'deps.producer.reset(enriched, partition);',
    replace: '',
  },
  {
    name: 'enrichment: another record under the last verdict',
    rule: 'raw must hold the record that the last verdict names',
    file: RESUME,
    find: 'if (last >= start) await requireRecord(deps, session);',
    replace: 'if (start > last + 1_000_000) await requireRecord(deps, session);',
    scenario: 'raw made anew',
  },
  {
    name: 'enrichment: goes on behind expired records',
    rule: 'raw that was deleted before its verdict is a loss, told loudly',
    file: 'services/enrichment/src/domain/plan-resume.ts',
    find: 'if (raw.start > next) {',
    replace: 'if (raw.start > next + 1_000_000) {',
    scenario: 'raw expired',
  },
  {
    name: 'enrichment: replays from where nothing is kept any more',
    rule: 'enriched deleted behind the saved position is told loudly',
    file: 'services/enrichment/src/domain/plan-resume.ts',
    find: 'if (enriched.start > saved.enrichedNext) {',
    replace: 'if (enriched.start > saved.enrichedNext + 1_000_000) {',
    scenario: 'enriched expired, PostgreSQL away',
  },
  {
    name: 'enrichment: quiet partitions are not saved',
    rule: 'a quiet partition never falls behind what enriched retains',
    file: 'services/enrichment/src/kafka/partition-enricher.ts',
    find: 'if (!this.#isWorking) this.#save(this.#deps.now() - this.#session.savedAt >= SAVE_WHOLE_MS);',
    replace: 'if (!this.#isWorking) this.#save(false);',
    scenario: 'enriched expired, partition idle',
  },
];

const CONSUMERS: readonly Described[] = [
  {
    name: 'consumer: takes what lies beyond a gap',
    rule: 'a start beyond last + 1 is a gap: take nothing',
    file: 'libs/events/src/decide-take.ts',
    find: "return rawFrom > last + 1 ? 'gap' : 'take';",
    replace: "return rawFrom > last + 1_000_000 ? 'gap' : 'take';",
    scenario: 'enriched cut back',
  },
  {
    name: 'consumer: takes a repeat again',
    rule: 'at or below last is a repeat: skip',
    file: 'libs/events/src/decide-take.ts',
    find: "if (rawOffset <= last) return 'repeat';",
    replace: "if (rawOffset < last) return 'repeat';",
  },
  {
    name: 'consumer: aborted records are taken',
    rule: 'a record of an aborted transaction is a hole that Kafka left',
    file: 'libs/kafka/src/packed-stretch.ts',
    find: 'const isHole = leavesHole(batch, abortedProducers);',
    replace: 'const isHole = (batch.attributes & IS_CONTROL) !== 0 && leavesHole(batch, abortedProducers);',
  },
];

/** Broken variants of the rules of relay, enrichment and consumers. */
export const SPINE_MUTATIONS: readonly Mutation[] = [...RELAY, ...ENRICHMENT, ...CONSUMERS].map(
  (mutation) => ({
    ...mutation,
    play: 'spine',
  }),
);

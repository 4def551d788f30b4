import { checkHistory, type History } from '../../faults/checker/index.ts';
import { isHole, type SimRecord } from '../kafka/sim-log.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

/** Watches enriched as it is written: no verdict may ever differ from the one that is due, whoever writes it. */
export function watchEnriched(stage: Stage): void {
  const { kafka, topics, world } = stage;
  kafka.logs(topics.enriched).forEach((log, partition) => {
    log.onAppend = (records) => {
      for (const record of records) {
        const wrong = wrongWith(stage, partition, record);
        if (wrong !== undefined) world.fail(new Error(`enriched ${partition}/${record.offset}: ${wrong}`));
      }
    };
  });
}

function wrongWith(stage: Stage, partition: number, { headers, key }: SimRecord): string | undefined {
  const text = (name: string): string | undefined => headers[name]?.toString();
  const rawOffset = Number(text('raw-offset'));
  const rawFrom = Number(text('raw-from'));
  const given = [text('verdict'), text('code')].filter(Boolean).join(' ');
  const due = stage.references[partition]?.at(rawOffset);
  if (due === undefined) return `a verdict on raw ${rawOffset}, where no record is`;
  const right = [due.verdict, due.code].filter(Boolean).join(' ');
  if (given !== right) return `raw ${rawOffset} is ${given}, but ${right} is due`;
  if (!due.digest.startsWith(text('digest') ?? '?')) return `raw ${rawOffset} has another digest`;
  if ((key?.toString('latin1') ?? '') !== due.org) return `raw ${rawOffset} has another key`;
  return unaccounted(stage, partition, rawFrom, rawOffset);
}

/** `raw-from` may reach back over holes only, and never over more than there are. */
function unaccounted(stage: Stage, partition: number, from: number, to: number): string | undefined {
  const log = stage.kafka.log(stage.topics.raw, partition);
  if (stage.references[partition]?.isFrozen) return undefined;
  for (let offset = Math.max(from, log.start); offset < to; offset += 1) {
    const record = log.records[offset - log.start];
    if (record !== undefined && !isHole(record))
      return `raw-from ${from} passes over the record at ${offset}`;
  }
  return from > to ? `raw-from ${from} lies behind raw-offset ${to}` : undefined;
}

/** The whole history, judged in the end by what was sent and what a consumer has. */
export function judge(stage: Stage, tallies: readonly (Tally | undefined)[]): string[] {
  const settled = stage.stops.length === 0;
  const all = tallies.flatMap((tally, partition) =>
    (tally?.taken ?? []).map((taken) => ({ ...taken, partition })),
  );
  const sequences = new Map<string, number>();
  const history: History = {
    sent: stage.sent.history(),
    raw: stage.references.flatMap((reference, partition) =>
      reference.all.map(({ offset, org, digest, verdict }) => ({ partition, offset, org, digest, verdict })),
    ),
    ledger: all
      .filter(({ verdict }) => verdict === 'accepted')
      .map(({ partition, rawOffset, org, value }) => {
        const sequence = (sequences.get(org) ?? 0) + 1;
        sequences.set(org, sequence);
        return { partition, offset: rawOffset, org, sequence, line: value ?? Buffer.alloc(0) };
      }),
    rejected: all
      .filter(({ verdict }) => verdict === 'rejected')
      .map(({ partition, rawOffset, org, digest }) => ({ partition, offset: rawOffset, org, digest })),
    destinations: [],
    objects: [],
  };
  const again = acceptedAgain(stage);
  const violations = checkHistory(history, { settled })
    .filter(({ kind, event }) => !(kind === 'doubled' && again.has(event)))
    .map(({ kind, event, where }) => `${kind}: ${event} in ${where}`);
  return [...violations, ...outOfOrder(stage), ...unjustlyRejected(stage)];
}

/** What came again after the memory for repeats had forgotten it is due a second time, as the format says. */
function acceptedAgain(stage: Stage): Set<string> {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const { org, digest, verdict } of stage.references.flatMap((reference) => reference.all)) {
    const known = stage.sent.find(org, digest);
    if (known === undefined || verdict !== 'accepted') continue;
    const name = `${org} ${known.source} ${known.id}`;
    if (seen.has(name)) again.add(name);
    seen.add(name);
  }
  return again;
}

/** Events that were safe one before the other lie so in raw: an event's first copy is behind the one before it. */
function outOfOrder(stage: Stage): string[] {
  const firsts = new Map<string, number>();
  stage.references.forEach((reference) => {
    for (const { offset, org, digest } of reference.all)
      if (!firsts.has(`${org} ${digest}`)) firsts.set(`${org} ${digest}`, offset);
  });
  const ends = new Map<string, { id: string; at: number }>();
  const wrong: string[] = [];
  for (const { line, org, digest, id, acknowledged } of stage.sent.all) {
    const at = firsts.get(`${org} ${digest}`);
    if (line === undefined || at === undefined || !acknowledged) continue;
    const before = ends.get(line);
    if (before !== undefined && at < before.at)
      wrong.push(`out-of-order: ${id} lies before ${before.id} in raw`);
    else ends.set(line, { id, at });
  }
  return wrong;
}

/** Nobody restored the product, and no id was used twice: then each event that was safe is accepted once at least. */
function unjustlyRejected(stage: Stage): string[] {
  if (stage.world.scenarios.has('product database restored') || stage.stops.length > 0) return [];
  const accepted = new Set<string>();
  for (const { org, digest, verdict, code } of stage.references.flatMap((reference) => reference.all))
    if (verdict === 'accepted' || code === 'time-ahead' || code === 'id-reused')
      accepted.add(`${org} ${digest}`);
  return stage.sent.all
    .filter(({ acknowledged, defect }) => acknowledged && defect === undefined)
    .filter(({ org, digest }) => !accepted.has(`${org} ${digest}`))
    .map(({ id }) => `wrong-verdict: ${id} was safe and is accepted nowhere`);
}

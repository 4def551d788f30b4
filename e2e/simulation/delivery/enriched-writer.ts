import { decideTake, encodeEnrichedHeaders, partitionOf } from '@auditorium/events';
import type { SimKafka } from '../kafka/sim-kafka.ts';
import type { NewRecord } from '../kafka/sim-log.ts';
import type { World } from '../kernel/world.ts';

export const ENRICHED = 'audit.events.enriched.v1';

/** An accepted event as the ledger must have it. */
export interface ExpectedEvent {
  readonly raw: number;
  readonly line: string;
}

interface Verdict {
  readonly raw: number;
  readonly from: number;
  readonly org: string;
  readonly verdict: 'accepted' | 'rejected' | 'repeat';
  readonly line: string;
}

/** What the ledger must hold of one partition, by the consumer rule. */
class ExpectedLedger {
  last = -1;
  readonly events = new Map<string, ExpectedEvent[]>();

  take({ raw, from, org, verdict, line }: Verdict): void {
    if (decideTake(this.last, from, raw) !== 'take') return;
    this.last = raw;
    if (verdict !== 'accepted') return;
    const its = this.events.get(org) ?? [];
    its.push({ raw, line });
    this.events.set(org, its);
  }
}

/**
 * The enriched topic as enrichment leaves it: verdicts in order, holes, repeats of itself with other metadata, and gaps
 * that are refilled later. It knows what the ledger must make of it.
 */
export class EnrichedWriter {
  readonly orgs: readonly string[];
  readonly #world: World;
  readonly #kafka: SimKafka;
  readonly #partitions: number;
  readonly #expected: readonly ExpectedLedger[];
  /** Every verdict of each partition, one for each raw offset, to be repeated. */
  readonly #verdicts: Verdict[][];
  readonly #next: number[];
  #events = 0;
  readonly #gaps = new Set<number>();

  constructor(world: World, kafka: SimKafka, partitions: number) {
    this.#world = world;
    this.#kafka = kafka;
    this.#partitions = partitions;
    kafka.create(ENRICHED, partitions);
    this.orgs = Array.from({ length: 2 + world.random.int(4) }, (_, n) => `org_${n}`);
    const each = Array.from({ length: partitions });
    this.#expected = each.map(() => new ExpectedLedger());
    this.#verdicts = each.map(() => []);
    this.#next = each.map(() => 0);
  }

  partitionOf(org: string): number {
    return partitionOf(org, this.#partitions);
  }

  /** The events of an org that the ledger must hold, in order. */
  expected(org: string): readonly ExpectedEvent[] {
    return this.#expected[this.partitionOf(org)]?.events.get(org) ?? [];
  }

  /** Whether nothing will be refilled any more. */
  get isWhole(): boolean {
    return this.#gaps.size === 0;
  }

  /** The last raw offset that can be accounted for. */
  last(partition: number): number {
    return this.#expected[partition]?.last ?? -1;
  }

  /** A batch of verdicts, after which enrichment may have to begin again. */
  write(): void {
    const { random } = this.#world;
    const partition = random.int(this.#partitions);
    const orgs = this.orgs.filter((org) => this.partitionOf(org) === partition);
    if (random.chance(0.1)) this.#repeat(partition);
    const batch = Array.from({ length: 1 + random.int(6) }, () => this.#verdict(partition, orgs));
    if (random.chance(0.05) && !this.#gaps.has(partition)) this.#openGap(partition, batch);
    else this.#append(partition, batch);
  }

  #verdict(partition: number, orgs: readonly string[]): Verdict {
    const { random } = this.#world;
    const from = this.#next[partition] ?? 0;
    const raw = random.chance(0.05) ? from + 1 + random.int(2) : from;
    this.#next[partition] = raw + 1;
    const org = orgs.length === 0 ? 'nobody' : random.pick(orgs);
    const kind = random.float();
    const verdict = orgs.length === 0 || kind < 0.05 ? 'rejected' : kind < 0.1 ? 'repeat' : 'accepted';
    const made: Verdict = { raw, from, org, verdict, line: this.#line(org, raw) };
    this.#verdicts[partition]?.push(made);
    return made;
  }

  #line(org: string, raw: number, more = ''): string {
    const { random } = this.#world;
    const n = this.#events++;
    const padding = random.chance(0.1) ? 'x'.repeat(random.int(600)) : '';
    const data = {
      actor: { type: 'user', id: `u_${n % 5}` },
      targets: [],
      outcome: 'success',
      raw,
      more,
      padding,
    };
    return JSON.stringify({
      specversion: '1.0',
      id: `e${n}`,
      type: 'a.b',
      orgid: org,
      data,
      actorversion: n % 3,
    });
  }

  /** Another enricher, or this one after a crash: the same verdicts, whose metadata may differ. */
  #repeat(partition: number): void {
    const from = (this.#next[partition] ?? 0) - 1 - this.#world.random.int(8);
    const again = this.#since(partition, from).map((verdict) => ({
      ...verdict,
      line: this.#line(verdict.org, verdict.raw, 'again'),
    }));
    this.#append(partition, again);
  }

  /** What lies behind is there before what it needs; after a while enrichment refills it, and repeats what followed. */
  #openGap(partition: number, batch: readonly Verdict[]): void {
    const [missing, ...behind] = batch;
    if (missing === undefined) return;
    this.#gaps.add(partition);
    this.#append(partition, behind);
    this.#world.after(this.#world.random.float() * 20_000, () => {
      this.#gaps.delete(partition);
      this.#append(partition, this.#since(partition, missing.raw));
    });
  }

  #since(partition: number, raw: number): Verdict[] {
    return (this.#verdicts[partition] ?? []).filter((verdict) => verdict.raw >= raw);
  }

  #append(partition: number, verdicts: readonly Verdict[]): void {
    if (verdicts.length === 0) return;
    this.#kafka.log(ENRICHED, partition).append(verdicts.map(recordOf), this.#kafka.timestamp());
    for (const verdict of verdicts) this.#expected[partition]?.take(verdict);
  }
}

function recordOf({ raw, from, org, verdict, line }: Verdict): NewRecord {
  const rejected = { code: 'not-json' as const, length: line.length };
  const headers = { verdict, rawOffset: raw, rawFrom: from, digest: '00' };
  return {
    key: org,
    value: verdict === 'repeat' ? null : Buffer.from(line),
    headers: encodeEnrichedHeaders({ ...headers, ...(verdict === 'rejected' ? rejected : {}) }),
  };
}

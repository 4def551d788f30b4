import type { World } from '../kernel/world.ts';
import { SimGroup } from './sim-group.ts';
import { SimLog } from './sim-log.ts';

/** For a moment after a change of leader a log may announce an end that lies too low; less than anybody's patience. */
const LOW_END_MS = 1500;

/** A simulated Kafka: topics, their logs, groups. What clients see of it is in the other files here. */
export class SimKafka {
  readonly world: World;
  /** The brokers' clock is ahead of the true one by this much, ms: it is what records are stamped with. */
  clockSkewMs = 0;
  readonly #topics = new Map<string, SimLog[]>();
  readonly #groups = new Map<string, SimGroup>();
  readonly #lowEnds = new Map<SimLog, { until: number; end: number }>();

  constructor(world: World) {
    this.world = world;
  }

  create(topic: string, partitions: number): SimLog[] {
    const logs = Array.from({ length: partitions }, () => new SimLog());
    this.#topics.set(topic, logs);
    return logs;
  }

  logs(topic: string): readonly SimLog[] {
    const logs = this.#topics.get(topic);
    if (logs === undefined) throw new Error(`the simulated Kafka has no topic ${topic}`);
    return logs;
  }

  log(topic: string, partition: number): SimLog {
    const log = this.logs(topic)[partition];
    if (log === undefined) throw new Error(`${topic} has no partition ${partition}`);
    return log;
  }

  group(name: string, topic: string): SimGroup {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new SimGroup(this.world, name, this.logs(topic).length);
    this.#groups.set(name, group);
    return group;
  }

  get groups(): Iterable<SimGroup> {
    return this.#groups.values();
  }

  /** What the broker stamps records with. */
  timestamp(): number {
    return this.world.now() + this.clockSkewMs;
  }

  /** Another replica leads: for a moment it does not know how far everybody is. */
  changeLeader(topic: string, partition: number): void {
    const log = this.log(topic, partition);
    const end = log.end - this.world.random.int(4);
    const until = this.world.elapsed() + this.world.random.float() * LOW_END_MS;
    this.#lowEnds.set(log, { until, end: Math.max(log.start, end) });
    this.world.log(
      `${topic}/${partition} has another leader, which says ${Math.max(log.start, end)} of ${log.end}`,
    );
    this.world.faults.count('kafka', 'leader changed');
  }

  /** What it says of its log, which may for a moment be too little. */
  announced(topic: string, partition: number, kind: 'high' | 'stable'): { start: number; end: number } {
    const log = this.log(topic, partition);
    const range = log.range(kind);
    const low = this.#lowEnds.get(log);
    if (low === undefined || this.world.elapsed() > low.until) return range;
    return { start: range.start, end: Math.max(range.start, Math.min(range.end, low.end)) };
  }
}

import type { SimProcess } from '../kernel/sim-process.ts';
import type { World } from '../kernel/world.ts';

/** A member whose process is dead or asleep is thrown out after this: heartbeats need not be played one by one. */
const SESSION_MS = 6000;
/** A member that lives but does not join again within this is thrown out too. */
const REBALANCE_MS = 60_000;

/** What a member is given. */
export interface Assignment {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

interface Member {
  readonly id: string;
  /** Set while it waits for the others to join. */
  joined: ((assignment: Assignment | 'unknown') => void) | undefined;
  partitions: readonly number[];
}

/**
 * The coordinator of a group, as Kafka's eager protocol has it: when members come or go all of them must join again; a new
 * generation begins once everybody has, or was thrown out. So nobody keeps its id and misses a generation.
 */
export class SimGroup {
  readonly name: string;
  readonly #world: World;
  readonly #partitions: number;
  readonly #members = new Map<string, Member>();
  #generation = 0;
  #isPreparing = false;
  #ids = 0;
  #waiting: (() => void)[] = [];

  constructor(world: World, name: string, partitions: number) {
    this.#world = world;
    this.name = name;
    this.#partitions = partitions;
  }

  /** Joins for a process, with the id it had or without; resolves when the new generation begins. */
  join(process: SimProcess, memberId: string | undefined): Promise<Assignment | 'unknown'> {
    if (memberId !== undefined && !this.#members.has(memberId)) return Promise.resolve('unknown');
    const id = memberId ?? this.#newMember(process);
    const member = this.#members.get(id) as Member;
    const assigned = new Promise<Assignment | 'unknown'>((resolve) => (member.joined = resolve));
    this.rebalance();
    this.#beginWhenReady();
    return assigned;
  }

  heartbeat(memberId: string, generation: number): 'fine' | 'rebalancing' | 'unknown' {
    if (!this.#members.has(memberId) || generation !== this.#generation) return 'unknown';
    return this.#isPreparing ? 'rebalancing' : 'fine';
  }

  leave(memberId: string): void {
    if (this.#members.delete(memberId)) this.rebalance();
    this.#beginWhenReady();
  }

  /** Throws a member out that lives: its heartbeats were lost. It finds out when the next one arrives. */
  loseOne(): void {
    const ids = [...this.#members.keys()];
    if (ids.length > 0) this.#throwOut(this.#world.random.pick(ids));
  }

  /** All must join again. */
  rebalance(): void {
    if (this.#isPreparing || this.#members.size === 0) return;
    this.#isPreparing = true;
    this.#world.log(`${this.name} rebalances`);
    const generation = this.#generation;
    this.#world.after(REBALANCE_MS, () => {
      if (!this.#isPreparing || generation !== this.#generation) return;
      for (const member of this.#members.values()) if (member.joined === undefined) this.#throwOut(member.id);
    });
    this.#wake();
  }

  /** Resolves when members are to join again, or one was thrown out. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #newMember(process: SimProcess): string {
    const id = `${this.name} ${this.#ids++}`;
    this.#members.set(id, { id, joined: undefined, partitions: [] });
    process.onEnd(() => this.#world.after(SESSION_MS, () => this.#throwOut(id)));
    process.onPause(() =>
      this.#world.after(SESSION_MS, () => {
        if (process.state !== 'running') this.#throwOut(id);
      }),
    );
    return id;
  }

  #throwOut(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    member.joined?.('unknown');
    this.#world.log(`${this.name} throws ${id} out`);
    this.rebalance();
    this.#beginWhenReady();
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #beginWhenReady(): void {
    const members = [...this.#members.values()];
    if (!this.#isPreparing || !members.every(({ joined }) => joined !== undefined)) return;
    this.#isPreparing = false;
    if (members.length === 0) return;
    this.#generation += 1;
    const turn = this.#world.random.int(members.length);
    members.forEach((member, index) => {
      member.partitions = Array.from({ length: this.#partitions }, (_, partition) => partition).filter(
        (partition) => (partition + turn) % members.length === index,
      );
      this.#world.log(
        `${this.name} ${this.#generation}: ${member.id} has ${member.partitions.join(',') || 'none'}`,
      );
      member.joined?.({ memberId: member.id, generation: this.#generation, partitions: member.partitions });
      member.joined = undefined;
    });
  }
}

import type { World } from '../kernel/world.ts';

/** A member that was not heard of for so long is thrown out. */
const SESSION_MS = 6000;
/** A member that is heard of but does not join again within this is thrown out too. */
const REBALANCE_MS = 60_000;

/** What a member is given. */
export interface Assignment {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

interface Member {
  readonly id: string;
  heardAt: number;
  /** Set while it waits for the others to join. */
  joined: ((assignment: Assignment) => void) | undefined;
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
  #preparingSince: number | undefined;
  #ids = 0;

  constructor(world: World, name: string, partitions: number) {
    this.#world = world;
    this.name = name;
    this.#partitions = partitions;
  }

  /** Joins, with the id it had or without; resolves when the new generation begins. */
  join(memberId: string | undefined): Promise<Assignment | 'unknown'> {
    if (memberId !== undefined && !this.#members.has(memberId)) return Promise.resolve('unknown');
    const id = memberId ?? `${this.name} ${this.#ids++}`;
    const member = this.#members.get(id) ?? { id, heardAt: 0, joined: undefined, partitions: [] };
    member.heardAt = this.#world.elapsed();
    this.#members.set(id, member);
    const assigned = new Promise<Assignment>((resolve) => (member.joined = resolve));
    this.rebalance();
    this.#beginWhenReady();
    return assigned;
  }

  heartbeat(memberId: string, generation: number): 'fine' | 'rebalancing' | 'unknown' {
    const member = this.#members.get(memberId);
    if (member === undefined) return 'unknown';
    member.heardAt = this.#world.elapsed();
    if (generation !== this.#generation) return 'unknown';
    return this.#preparingSince === undefined ? 'fine' : 'rebalancing';
  }

  leave(memberId: string): void {
    if (this.#members.delete(memberId)) this.rebalance();
    this.#beginWhenReady();
  }

  /** All must join again. */
  rebalance(): void {
    if (this.#preparingSince !== undefined || this.#members.size === 0) return;
    this.#preparingSince = this.#world.elapsed();
    this.#world.log(`${this.name} rebalances`);
  }

  /** Throws out who was silent for too long; to be called now and then. */
  look(): void {
    const now = this.#world.elapsed();
    for (const member of this.#members.values()) {
      const isSilent = member.joined === undefined && now - member.heardAt > SESSION_MS;
      const isLate = this.#preparingSince !== undefined && now - this.#preparingSince > REBALANCE_MS;
      if (!isSilent && !(isLate && member.joined === undefined)) continue;
      this.#members.delete(member.id);
      this.#world.log(`${this.name} throws ${member.id} out`);
      this.rebalance();
    }
    this.#beginWhenReady();
  }

  #beginWhenReady(): void {
    const members = [...this.#members.values()];
    if (this.#preparingSince === undefined || !members.every(({ joined }) => joined !== undefined)) return;
    this.#preparingSince = undefined;
    if (members.length === 0) return;
    this.#generation += 1;
    const turn = this.#world.random.int(members.length);
    members.forEach((member, index) => {
      member.partitions = Array.from({ length: this.#partitions }, (_, partition) => partition).filter(
        (partition) => (partition + turn) % members.length === index,
      );
      member.heardAt = this.#world.elapsed();
      this.#world.log(
        `${this.name} ${this.#generation}: ${member.id} has ${member.partitions.join(',') || 'none'}`,
      );
      member.joined?.({ memberId: member.id, generation: this.#generation, partitions: member.partitions });
      member.joined = undefined;
    });
  }
}

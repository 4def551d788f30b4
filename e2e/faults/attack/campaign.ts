import { setTimeout as sleep } from 'node:timers/promises';
import { serviceOf } from '../crash/crash-control.ts';
import { carryOut } from './carry-out.ts';
import { type Attack, attackName } from './schedule.ts';
import type { Target } from './target.ts';

/** What a campaign has done. */
export interface CampaignReport {
  /** Kills by the kind of attack. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Deaths at named points. */
  readonly byPoint: Readonly<Record<string, number>>;
  readonly kills: number;
  /** Points that nobody came by, however often they were armed. */
  readonly missed: readonly string[];
}

/** Attacks under way at once: one is often waited for, and different ones at the same time are what breaks things. */
const AT_ONCE = 4;
/** How often an attack that missed is tried again, later. */
const TRIES = 4;
const PAUSE_MS = { from: 300, to: 1_500 };

interface Waiting {
  readonly attack: Attack;
  readonly tries: number;
}

/** Carries out a schedule: in its order, as far as what an attack needs is not under attack already. */
export class Campaign {
  readonly #target: Target;
  readonly #say: (line: string) => void;
  readonly #waiting: Waiting[];
  readonly #busy = new Set<string>();
  readonly #byKind: Record<string, number> = {};
  readonly #byPoint: Record<string, number> = {};
  readonly #missed: string[] = [];
  readonly #total: number;
  #kills = 0;

  constructor(schedule: readonly Attack[], target: Target, say: (line: string) => void) {
    this.#waiting = schedule.map((attack) => ({ attack, tries: 1 }));
    this.#total = schedule.length;
    this.#target = target;
    this.#say = say;
  }

  async run(signal: AbortSignal): Promise<CampaignReport> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const work = Array.from({ length: AT_ONCE }, () => this.#work(either));
    for (const each of work) each.catch(() => failed.abort());
    // What is under way ends before the whole does: nothing is attacked while it is being stopped.
    await Promise.allSettled(work);
    await Promise.all(work);
    return { byKind: this.#byKind, byPoint: this.#byPoint, kills: this.#kills, missed: this.#missed };
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#waiting.length > 0 || this.#busy.size > 0)) {
      const next = this.#take();
      if (next === undefined) {
        if (this.#waiting.length === 0) return;
        await sleep(200);
        continue;
      }
      const needed = needs(next.attack);
      try {
        await this.#attack(next);
      } finally {
        this.#busy.delete(needed);
      }
      await sleep(PAUSE_MS.from + Math.random() * (PAUSE_MS.to - PAUSE_MS.from));
    }
  }

  #take(): Waiting | undefined {
    const index = this.#waiting.findIndex(({ attack }) => !this.#busy.has(needs(attack)));
    if (index < 0) return undefined;
    const [next] = this.#waiting.splice(index, 1);
    this.#busy.add(needs(next!.attack));
    return next;
  }

  async #attack({ attack, tries }: Waiting): Promise<void> {
    const outcome = await carryOut(attack, this.#target);
    if ('missed' in outcome) {
      if (tries < TRIES) this.#waiting.push({ attack, tries: tries + 1 });
      else this.#missed.push(attackName(attack));
      this.#say(`missed: ${attackName(attack)}${tries < TRIES ? ', tried again later' : ''}`);
      return;
    }
    this.#kills += 1;
    this.#byKind[attack.kind] = (this.#byKind[attack.kind] ?? 0) + 1;
    if ('point' in attack) this.#byPoint[attack.point] = (this.#byPoint[attack.point] ?? 0) + 1;
    this.#say(`${this.#kills}/${this.#total} ${attackName(attack)}: ${outcome.killed.join(', ')}`);
  }
}

/**
 * What may not be under two attacks at once: a service; and of what all stand on, one part at a time. Sealer and courier
 * live in one process and are attacked apart: together they have half of all points.
 */
function needs(attack: Attack): string {
  if (attack.kind === 'kill' || attack.kind === 'pause') return serviceOf(attack.instance);
  if (attack.kind === 'kill-all') return attack.service;
  if ('point' in attack && /^(sealer|reaper)\./.test(attack.point)) return 'sealer';
  if (attack.kind === 'point') return attack.service;
  return attack.kind === 'moment' ? 'delivery' : 'servers';
}

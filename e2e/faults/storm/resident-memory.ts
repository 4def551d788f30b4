import { readFileSync } from 'node:fs';
import { setInterval as every } from 'node:timers/promises';
import type { ServiceName } from '@auditorium/local';
import type { ProxiedSystem } from './proxied-system.ts';

const SAMPLE_MS = 500;
const KIB_IN_A_MIB = 1024;

/** What a worker held at most, MiB, and how often its process was another one: the most of all of them counts. */
export interface MemorySeen {
  mostMib: number;
  nowMib: number;
  processes: Set<number>;
}

/** Reads the resident memory of each worker's process now and then. The kernel's own high-water mark misses no peak. */
export class ResidentMemory {
  readonly seen = new Map<ServiceName, MemorySeen>();
  readonly #stop = new AbortController();
  readonly #system: ProxiedSystem;
  readonly #ended: Promise<void>;

  constructor(system: ProxiedSystem, workers: readonly ServiceName[]) {
    this.#system = system;
    for (const worker of workers) this.seen.set(worker, { mostMib: 0, nowMib: 0, processes: new Set() });
    this.#ended = this.#sample().catch(() => undefined);
  }

  /** How many processes there have been beyond the first. */
  restarts(): number {
    return [...this.seen.values()].reduce((sum, { processes }) => sum + processes.size - 1, 0);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #sample(): Promise<void> {
    for await (const _ of every(SAMPLE_MS, undefined, { signal: this.#stop.signal }))
      for (const [worker, seen] of this.seen) look(this.#system.services.get(worker)?.pid(), seen);
  }
}

function look(pid: number | undefined, seen: MemorySeen): void {
  const status = statusOf(pid);
  if (pid === undefined || status === undefined) return;
  seen.processes.add(pid);
  seen.nowMib = mibOf(status, 'VmRSS');
  seen.mostMib = Math.max(seen.mostMib, mibOf(status, 'VmHWM'));
}

function statusOf(pid: number | undefined): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
}

function mibOf(status: string, name: string): number {
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / KIB_IN_A_MIB);
}

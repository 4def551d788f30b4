import type { World } from './kernel/world.ts';
import { DRAWN } from './delivery/nemesis.ts';
import { playDelivery } from './delivery/play-delivery.ts';
import { playSpine } from './spine/play-spine.ts';
import { SPINE_SCENARIOS } from './spine/scenarios.ts';

/** One kind of world. What it counts, and which schedules it includes, it tells the world. */
export interface Play {
  readonly name: string;
  /** The schedules that `--scenario` can force. */
  readonly scenarios: readonly string[];
  /** Plays it to its end: an error is a violation, or that nothing goes on any more. */
  play(world: World): Promise<void>;
}

/** Every seed plays all of them, each in a world of its own. */
export const PLAYS: readonly Play[] = [
  { name: 'spine', scenarios: SPINE_SCENARIOS, play: playSpine },
  { name: 'delivery', scenarios: Object.values(DRAWN), play: playDelivery },
];

import {
  MOMENT_POINTS,
  type MomentPoint,
  PROCESS_POINTS,
  RELAY_POINTS,
  RELAYS,
  SERVICES,
  type ServiceName,
} from '../points.ts';
import { type Random, randomOf } from '../random.ts';

/** One thing that is done to the system. */
export type Attack =
  /** A process of the service dies when it passes the point for the `passes`-th time. */
  | { readonly kind: 'point'; readonly service: ServiceName; readonly point: string; readonly passes: number }
  /** A delivery process dies in the midst of an upload. */
  | { readonly kind: 'moment'; readonly point: MomentPoint }
  /** One process dies, at no chosen moment. */
  | { readonly kind: 'kill'; readonly instance: string }
  /** All processes of a service die. */
  | { readonly kind: 'kill-all'; readonly service: ServiceName }
  /** A process sleeps for longer than its lease and its session, and wakes up. */
  | { readonly kind: 'pause'; readonly instance: string; readonly ms: number }
  /** The broker that leads `partition` of a topic dies, and is away for `ms`; likewise the others. */
  | {
      readonly kind: 'broker';
      readonly topic: 'raw' | 'enriched';
      readonly partition: number;
      readonly ms: number;
    }
  | { readonly kind: 'postgres'; readonly ms: number }
  | { readonly kind: 's3'; readonly ms: number };

/** From this many kills on every point is hit {@link HITS} times, whatever that takes. */
export const LONG_RUN = 200;
export const HITS = 5;
const MOST_PASSES = 4;
/** Longer than a courier's lease (10 s) and a member's session (6 s). */
const PAUSE_MS = { from: 11_000, to: 15_000 };
const AWAY_MS = { from: 500, to: 4_000 };
/** In a long run, the share of kills at no chosen point. */
const RANDOM_SHARE = 0.2;

/**
 * What is done in a run, in order: a pure function of its two arguments. A long run has every named point five times and
 * random kills among them; a short one a random choice of both.
 */
export function scheduleOf(kills: number, seed: number): Attack[] {
  const random = randomOf(seed);
  if (kills < LONG_RUN) {
    const points = Math.round(kills * 0.6);
    const chosen = random.shuffle(roundOfPoints(random, 0)).slice(0, points);
    return random.shuffle([...chosen, ...randomAttacks(random, kills - chosen.length)]);
  }
  const rounds = Array.from({ length: HITS }, (_none, round) => random.shuffle(roundOfPoints(random, round)));
  const points = rounds.flat();
  const others = randomAttacks(random, Math.max(kills - points.length, Math.round(kills * RANDOM_SHARE)));
  return interleave(points, others, random);
}

/** Every point once. A relay's are hit in the product each time, and in one of the services in turn. */
function roundOfPoints(random: Random, round: number): Attack[] {
  const relays = RELAY_POINTS.flatMap((point, index) => {
    const turn = RELAYS[1 + ((round + index) % (RELAYS.length - 1))]!;
    return [RELAYS[0], turn].map((service) => ({ service, point }));
  });
  const points = [...PROCESS_POINTS, ...relays].map(({ service, point }): Attack => {
    return { kind: 'point', service, point, passes: random.whole(1, MOST_PASSES) };
  });
  return [...points, ...MOMENT_POINTS.map((point): Attack => ({ kind: 'moment', point }))];
}

/** By weight: whoever works most is killed most. */
function randomAttacks(random: Random, count: number): Attack[] {
  const makers: readonly (() => Attack)[] = [
    ...times(6, () => ({ kind: 'kill', instance: anyInstance(random) }) as const),
    ...times(2, () => ({ kind: 'kill-all', service: random.pick(serviceNames()) }) as const),
    ...times(
      4,
      () => ({ kind: 'pause', instance: anyInstance(random), ms: between(random, PAUSE_MS) }) as const,
    ),
    ...times(4, () => brokerAttack(random)),
    ...times(2, () => ({ kind: 'postgres', ms: between(random, AWAY_MS) }) as const),
    ...times(2, () => ({ kind: 's3', ms: between(random, AWAY_MS) }) as const),
  ];
  // In turn through a shuffled pack, so that no kind is left out by chance.
  let pack: (() => Attack)[] = [];
  return Array.from({ length: count }, () => {
    if (pack.length === 0) pack = random.shuffle(makers);
    return pack.pop()!();
  });
}

function brokerAttack(random: Random): Attack {
  const topic = random.pick(['raw', 'enriched'] as const);
  return { kind: 'broker', topic, partition: random.whole(0, 11), ms: between(random, AWAY_MS) };
}

function anyInstance(random: Random): string {
  const service = random.pick(serviceNames());
  return `${service}-${random.whole(1, SERVICES[service])}`;
}

const serviceNames = (): ServiceName[] => Object.keys(SERVICES) as ServiceName[];
const between = (random: Random, { from, to }: { from: number; to: number }): number =>
  random.whole(from, to);
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** The others among the points, both in their order. */
function interleave(points: readonly Attack[], others: readonly Attack[], random: Random): Attack[] {
  const places = new Set(
    random
      .shuffle(Array.from({ length: points.length + others.length }, (_none, place) => place))
      .slice(0, others.length),
  );
  const [one, other] = [[...points], [...others]];
  return Array.from({ length: points.length + others.length }, (_none, place) =>
    places.has(place) ? other.shift()! : one.shift()!,
  );
}

/** An attack in a few words. */
export function attackName(attack: Attack): string {
  const { kind, ...rest } = attack;
  return [kind, ...Object.values(rest)].join(' ');
}

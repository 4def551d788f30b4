/** A place at which a service must be killed: written down here once more, so that one that is forgotten is missed. */
export interface CrashPoint {
  readonly service: ServiceName;
  readonly point: string;
}

/** What runs in several instances, and what is attacked by name. */
export const SERVICES = { product: 2, directory: 1, enrichment: 2, delivery: 2, query: 2 } as const;
export type ServiceName = keyof typeof SERVICES;

const POINTS: Record<ServiceName, readonly string[]> = {
  product: [],
  enrichment: [
    'enrichment.after-read',
    'enrichment.after-replay',
    'enrichment.before-send',
    'enrichment.after-send',
    'enrichment.before-save',
    'enrichment.after-save',
  ],
  delivery: [
    'sealer.after-epoch',
    'sealer.before-row',
    'sealer.after-row',
    'sealer.after-put',
    'sealer.before-commit',
    'sealer.after-commit',
    'sealer.before-move',
    'sealer.after-move',
    'reaper.before-delete',
    'reaper.after-delete',
    'courier.window-stored',
    'courier.planned',
    'courier.copy-written',
    'courier.plans-copied',
    'courier.attempt-recorded',
    'courier.after-put',
    'courier.receipt-stored',
  ],
  query: [
    'projector.before-months',
    'projector.before-transaction',
    'projector.after-checkpoint',
    'projector.after-rows',
    'projector.after-commit',
    'resubmit.after-intent',
    'resubmit.after-send',
  ],
  directory: [
    'change-organisation.before-commit',
    'change-organisation.after-commit',
    'change-actor.before-commit',
    'change-actor.after-commit',
    'publish-records.before-send',
    'publish-records.after-send',
  ],
};

/** Whoever has an outbox has a relay with these. */
export const RELAY_POINTS = ['relay.after-number', 'relay.after-send', 'relay.after-delete'] as const;
export const RELAYS = ['product', 'directory', 'query', 'delivery'] as const satisfies ServiceName[];

/** In the midst of an upload: seen from the way to S3, not by the process. */
export const MOMENT_POINTS = [
  'sealer.first-byte',
  'sealer.last-byte',
  'sealer.answer-lost',
  'courier.first-byte',
  'courier.last-byte',
  'courier.answer-lost',
] as const;
export type MomentPoint = (typeof MOMENT_POINTS)[number];

/** The points inside the processes, relays left out. */
export const PROCESS_POINTS: readonly CrashPoint[] = (Object.keys(POINTS) as ServiceName[]).flatMap(
  (service) => POINTS[service].map((point) => ({ service, point })),
);

/** Every name that must be hit in a long run. */
export const ALL_POINTS: readonly string[] = [
  ...PROCESS_POINTS.map(({ point }) => point),
  ...RELAY_POINTS,
  ...MOMENT_POINTS,
];

/**
 * Points that a running system does not pass: after a restore, or when an operator decides about a gap. The suites of
 * delivery and enrichment kill them there.
 */
export const POINTS_ELSEWHERE = [
  'sealer.before-adopt',
  'sealer.after-adopt',
  'gap.before-accept',
  'gap.after-accept',
  'enrichment.before-refill',
  'enrichment.after-refill',
] as const;

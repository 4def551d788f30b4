import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../system/instances.ts';
import { killLeader, restartPatiently } from './brokers.ts';
import type { Attack } from './schedule.ts';
import type { Target } from './target.ts';

/** How an attack went. `missed`: nobody came by the point in time, or there was nothing to kill. */
export type Outcome = { readonly killed: readonly string[] } | { readonly missed: true };

/** Longest that is waited for somebody to pass a point. */
const POINT_MS = 45_000;
/** Longest that is waited for a service to be ready again; then its supervisor goes on alone. */
const READY_MS = 30_000;
/** How often something is done so that a rare point is passed. */
const NUDGE_MS = 4_000;

/** Does it, and waits until what was attacked works again. */
export async function carryOut(attack: Attack, target: Target): Promise<Outcome> {
  switch (attack.kind) {
    case 'point':
      return dieAtPoint(attack, target);
    case 'moment':
      return dieInUpload(attack.point, target);
    case 'kill':
      return killThem([instanceOf(target, attack.instance)]);
    case 'kill-all':
      return killThem(target.instances.filter(({ service }) => service === attack.service));
    case 'pause':
      return pauseOne(instanceOf(target, attack.instance), attack.ms);
    case 'broker':
      await killLeader(target.servers, target.topics[attack.topic], attack.partition, attack.ms);
      return { killed: ['broker'] };
    case 'postgres':
      return killServer(target.servers.postgres, 'postgres', attack.ms);
    case 's3':
      return killServer(target.servers.aws, 's3', attack.ms);
  }
}

async function dieAtPoint(attack: Extract<Attack, { kind: 'point' }>, target: Target): Promise<Outcome> {
  const { service, point } = attack;
  // What is rare is not waited for four times.
  const arming = target.control.arm(service, point, RARE.has(point) ? 1 : attack.passes);
  const over = new AbortController();
  const nudging = nudge(attack, target, over.signal);
  const killed = await Promise.race([
    arming.hit,
    sleep(POINT_MS, undefined, { signal: over.signal }),
  ]).finally(() => over.abort());
  arming.disarm();
  await nudging;
  await untilReady(target.instances.filter((each) => each.service === service));
  return killed === undefined ? { missed: true } : { killed: [killed] };
}

async function dieInUpload(
  point: Extract<Attack, { kind: 'moment' }>['point'],
  target: Target,
): Promise<Outcome> {
  const deliveries = target.instances.filter(({ proxy }) => proxy !== undefined);
  const armings = deliveries.map(({ proxy }) => proxy!.arm(point));
  const killed = await Promise.race([
    ...armings.map(({ hit }) => hit),
    sleep(POINT_MS, undefined, { ref: false }),
  ]);
  for (const { disarm } of armings) disarm();
  await untilReady(deliveries);
  return killed === undefined ? { missed: true } : { killed: [killed] };
}

async function killThem(instances: readonly Instance[]): Promise<Outcome> {
  const killed = instances.filter((instance) => instance.signal('SIGKILL')).map(({ name }) => name);
  await untilReady(instances);
  return killed.length === 0 ? { missed: true } : { killed };
}

/** The zombie: while it sleeps others take over; when it wakes, it believes that nothing has happened. */
async function pauseOne(instance: Instance, ms: number): Promise<Outcome> {
  if (!instance.signal('SIGSTOP')) return { missed: true };
  await sleep(ms);
  instance.signal('SIGCONT');
  await untilReady([instance]);
  return { killed: [instance.name] };
}

async function killServer(
  server: { kill(): Promise<void>; restart(): Promise<void> },
  name: string,
  ms: number,
): Promise<Outcome> {
  await server.kill();
  await sleep(ms);
  await restartPatiently(server);
  return { killed: [name] };
}

function instanceOf({ instances }: Target, name: string): Instance {
  const found = instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** A supervisor starts what has died; whoever is not ready in time is not waited for. */
async function untilReady(instances: readonly Instance[]): Promise<void> {
  // Time for the death to be noticed: a process that is gone can look ready for a moment.
  await sleep(700);
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    const ready = await Promise.all(instances.map((instance) => instance.isReady()));
    if (ready.every(Boolean)) return;
    await sleep(250);
  }
}

/** Points that are passed when a process stops, opens a partition, or has rubbish to clear away. */
const RARE: ReadonlySet<string> = new Set([
  'enrichment.after-read',
  'enrichment.after-replay',
  'enrichment.before-save',
  'enrichment.after-save',
  'sealer.after-epoch',
  'sealer.before-move',
  'sealer.after-move',
  'reaper.before-delete',
  'reaper.after-delete',
  'resubmit.after-intent',
  'resubmit.after-send',
]);

/** Brings about, again and again, what leads past a rare point. */
async function nudge(
  { service, point }: Extract<Attack, { kind: 'point' }>,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    if (point.endsWith('-save')) stopOne(target, service, turn);
    if (/after-(read|replay)$/.test(point)) await target.ghosts.visit('auditorium.enrichment');
    if (point === 'sealer.after-epoch') await target.ghosts.visit('auditorium.sealer');
    if (point.startsWith('reaper.')) await makeOld(target).catch(() => undefined);
    await sleep(NUDGE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Stops a process in good order, which is when enrichment saves. */
function stopOne({ instances }: Target, service: string, turn: number): void {
  const own = instances.filter((instance) => instance.service === service);
  own[turn % own.length]?.signal('SIGTERM');
}

/** Makes abandoned segments as old as the reaper wants them; it looks at one twice. */
const MAKE_OLD = `
UPDATE delivery.segment SET abandoned_at = now() - interval '2 days', looks = least(looks, 1) WHERE state = 'abandoned'`;

async function makeOld({ database }: Target): Promise<void> {
  await database.query(MAKE_OLD);
}

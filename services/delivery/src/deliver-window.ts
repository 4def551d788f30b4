import { ofLedger } from './domain/of-ledger.ts';
import type { Lease } from './postgres/leases.ts';
import { nextOf, plansOfRange } from './postgres/plans.ts';
import { continueLater, finishWindow } from './postgres/receipts.ts';
import { openWindow } from './postgres/windows.ts';
import type { CourierDependencies, ObjectInHand, Room, Round } from './courier-dependencies.ts';
import { planObjects } from './plan-objects.ts';
import { sendObject } from './send-object.ts';

/** Longest that one destination keeps its turn while others wait, ms. A long window goes on in the slow lane. */
const TURN_MS = 2_000;

export type Delivered = 'nothing due' | 'delivered' | 'goes on' | 'inactive';

/**
 * A destination's turn. Its window is stored first; then, object after object: planned, the plan stored and copied, an
 * attempt put on record, the object sent, its receipt stored. With the last receipt the cursor moves behind the window.
 * Whatever is left of an earlier turn is taken up where it stands, so a crash anywhere leaves only work to repeat.
 *
 * @throws AuditoriumError whatever kept it from sending; `fenced` when the partition is somebody else's by now
 */
export async function deliverWindow(
  deps: CourierDependencies,
  lease: Lease,
  id: string,
  signal: AbortSignal,
): Promise<Delivered> {
  const opened = await openWindow(deps.pool, lease, id);
  if (opened === undefined) return 'nothing due';
  await deps.reached('courier.window-stored');
  const { destination, window } = opened;
  const history = deps.histories.take(destination.org, id, window.id);
  const outcome = await takeTurn(deps, { ...opened, lease, history, signal });
  if (outcome === 'goes on') deps.histories.giveBack(id, window.id, history);
  return outcome;
}

/** Object after object, until the window is delivered or the turn is over. */
async function takeTurn(deps: CourierDependencies, round: Round): Promise<Delivered> {
  const until = deps.elapsed() + TURN_MS;
  for (;;) {
    const sent = await sendNext(deps, round);
    if (sent !== 'sent') return sent;
    if (deps.elapsed() < until) continue;
    await continueLater(deps.pool, round.lease, round.destination.id);
    return 'goes on';
  }
}

/** One object, within the bytes that all rounds may hold together; none left means that the window is delivered. */
async function sendNext(deps: CourierDependencies, round: Round): Promise<'sent' | Delivered> {
  const room = await takeRoom(deps, round);
  try {
    const object = await nextObject(deps, round);
    return object === undefined ? await finish(deps, round) : await sendObject(deps, round, object, room);
  } finally {
    room.giveBack();
  }
}

/** Bytes of a line, for want of better: what has not been read yet has no length. */
const LINE_BYTES = 1_500;

async function takeRoom({ budget, objectBytes }: CourierDependencies, { window }: Round): Promise<Room> {
  while (budget.full) await budget.room();
  let held = Math.min(objectBytes, (window.last - window.first + 1) * LINE_BYTES);
  budget.add(held);
  const giveBack = (): void => {
    if (held > 0) budget.giveBack(held);
    held = 0;
  };
  return { giveBack };
}

/** The first object that has no receipt; where all planned ones have one, the next range is planned. */
async function nextObject(deps: CourierDependencies, round: Round): Promise<ObjectInHand | undefined> {
  for (;;) {
    round.signal.throwIfAborted();
    const next = await nextOf(deps.pool, round.window);
    if (next === 'all sent') return undefined;
    if ('unsent' in next) return withCopy(deps, round, { plan: next.unsent, lines: undefined });
    const [first] = await ofLedger(planObjects(deps, round, next.planFrom));
    // A range whose events were all left out has plans, so that it is counted, but no object.
    if (first !== undefined) return withCopy(deps, round, first);
  }
}

/** No object is sent before all plans of its range are in two places, those without events too: they are counted. */
async function withCopy(
  deps: CourierDependencies,
  round: Round,
  object: ObjectInHand,
): Promise<ObjectInHand> {
  if (object.plan.copiedIn !== null) return object;
  const plans = await plansOfRange(deps.pool, object.plan);
  await ofLedger(deps.copier.copy(round.lease, plans, round.window));
  await deps.reached('courier.plans-copied');
  return object;
}

async function finish({ pool }: CourierDependencies, { lease, window }: Round): Promise<Delivered> {
  await finishWindow(pool, lease, window);
  return 'delivered';
}

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AuditoriumError } from '@auditorium/events';
import { type Layout, layoutOf } from '@auditorium/layouts';
import { providerAnswerOf, type PutResult } from '@auditorium/object-store';
import type { CourierDependencies, ObjectInHand, Room, Round } from './courier-dependencies.ts';
import { ownerOf } from './domain/destination-settings.ts';
import { divide } from './domain/divide.ts';
import { ofLedger } from './domain/of-ledger.ts';
import { mayHaveWritten } from './domain/failure.ts';
import { judgePut, type Plan } from './domain/window.ts';
import { type Attempt, beginAttempt, endAttempt, endInConflict } from './postgres/attempts.ts';
import { storeReceipt } from './postgres/receipts.ts';

const compress = promisify(gzip);

interface Body {
  readonly bytes: Buffer;
  readonly events: number;
}

/**
 * Sends one planned object: its lines are read and held against the plan, names are resolved, an attempt is put on record,
 * and only then the first byte goes out. `412` is our own object if an earlier attempt may have written it.
 *
 * @returns `delivered` when it was the last of the window; `inactive` when the destination was paused or deleted
 * @throws AuditoriumError `object-conflict` when somebody else's object has the key; `plan-mismatch` when the ledger no
 * longer has the lines that were planned; whatever the directory, STS or the bucket said
 */
export async function sendObject(
  deps: CourierDependencies,
  round: Round,
  object: ObjectInHand,
  room: Room,
): Promise<'sent' | 'delivered' | 'inactive'> {
  const { plan } = object;
  const layout = layoutOf(plan.layout, plan.layoutVersion);
  const body = await makeBody(deps, round, layout, object);
  // A bucket that hangs now holds no more than the compressed bytes.
  room.giveBack();
  round.signal.throwIfAborted();
  const attempt = await beginAttempt(deps.pool, round.lease, plan);
  if (attempt === undefined) return 'inactive';
  await deps.reached('courier.attempt-recorded');
  const put = await tryPut(deps, round, layout, plan, attempt, body);
  await deps.reached('courier.after-put');
  const found = await judge(deps, round, plan, attempt, put);
  const etag = put.outcome === 'written' ? put.etag : null;
  const receipt = {
    attempt: attempt.id,
    found,
    etag,
    requestId: put.requestId,
    events: body.events,
    bytes: body.bytes.length,
  };
  const delivered = await storeReceipt(deps.pool, round.lease, plan, receipt);
  await deps.reached('courier.receipt-stored');
  return delivered ? 'delivered' : 'sent';
}

/** The object's bytes, and how many events are in them. */
async function makeBody(
  { names }: CourierDependencies,
  { history, destination }: Round,
  layout: Layout,
  { plan, lines }: ObjectInHand,
): Promise<Body> {
  const read = layout.read(lines ?? (await ofLedger(plannedLines(history, layout, plan))));
  if (read.count !== plan.events) throw mismatch(plan, `${read.count} lines instead of ${plan.events}`);
  const content = read.encode(await names(destination.org, read.actors));
  return { events: read.count, bytes: layout.compression === 'gzip' ? await compress(content) : content };
}

/** The lines of a plan that an earlier turn made, read again and held against its digest. */
async function plannedLines(history: Round['history'], layout: Layout, plan: Plan): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { lines } of history.pieces(plan)) pieces.push(lines);
  const lines = divide(layout, Buffer.concat(pieces)).parts.get(plan.part)?.lines ?? Buffer.alloc(0);
  if (createHash('sha256').update(lines).digest('hex') === plan.digest) return lines;
  throw mismatch(plan, 'another digest');
}

async function tryPut(
  deps: CourierDependencies,
  { destination, signal }: Round,
  layout: Layout,
  plan: Plan,
  attempt: Attempt,
  { bytes }: Body,
): Promise<PutResult> {
  const { settings } = destination.state;
  try {
    return await deps.buckets.of(destination.id, destination.state).putIfAbsent(plan.key, bytes, {
      contentType: layout.contentType,
      expectedOwner: ownerOf(settings),
      kmsKeyArn: settings.kmsKeyArn ?? undefined,
      signal,
    });
  } catch (error) {
    await recordFailed(deps, attempt, error);
    throw error;
  }
}

/** Only says how the attempt ended; if this is lost, the attempt counts as one that may have written, which is safe. */
async function recordFailed(
  { pool, log }: CourierDependencies,
  attempt: Attempt,
  error: unknown,
): Promise<void> {
  const code = error instanceof AuditoriumError ? error.code : 'internal';
  const { providerCode, requestId } = providerAnswerOf(error) ?? {};
  const end = {
    outcome: 'failed',
    mayHaveWritten: mayHaveWritten(code),
    code,
    providerCode,
    requestId,
  } as const;
  await endAttempt(pool, attempt.id, end).catch((err: unknown) =>
    log.warn({ err }, 'the end of an attempt was not recorded'),
  );
}

async function judge(
  { pool }: CourierDependencies,
  { lease }: Round,
  plan: Plan,
  attempt: Attempt,
  { outcome, requestId }: PutResult,
): Promise<boolean> {
  const judged = judgePut(outcome, attempt.earlierMayHaveWritten);
  if (judged !== 'conflict') return judged === 'found';
  await endInConflict(pool, lease, attempt.id, requestId);
  throw new AuditoriumError('object-conflict', `an object that we did not write has the key ${plan.key}`, {
    facts: { key: plan.key, requestId, providerCode: 'PreconditionFailed' },
  });
}

function mismatch(plan: Plan, what: string): AuditoriumError {
  return new AuditoriumError(
    'plan-mismatch',
    `the ledger does not have the lines of plan ${plan.id}: ${what}`,
    {
      facts: { plan: plan.id, destination: plan.destination },
    },
  );
}

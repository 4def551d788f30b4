import { AuditoriumError } from '@auditorium/events';
import { providerAnswerOf } from '@auditorium/object-store';
import { inTransaction } from '@auditorium/postgres';
import type { DestinationDependencies, Who } from './create-destination.ts';
import { decide, type Destination } from './domain/destination.ts';
import { ownerOf } from './domain/destination-settings.ts';
import { type Failure, failureOf } from './domain/failure.ts';
import { appendEvents, lockDestination } from './postgres/destination-stream.ts';
import { readDestination } from './postgres/show-destinations.ts';
import type { CustomerBuckets } from './s3/customer-buckets.ts';

export interface TestDependencies extends DestinationDependencies {
  readonly buckets: CustomerBuckets;
  readonly now: () => Date;
}

export interface TestResult {
  readonly ok: boolean;
  /** Key of the small object that was written. */
  readonly key: string | null;
  readonly failure: Failure | null;
  /** What works but should not stay so. */
  readonly warnings: readonly string[];
}

/**
 * Writes a small object through the assumed role, with credentials fetched anew, and says where it failed, why and what to
 * do, also of a role that takes any external ID. The result becomes part of the destination's history and an audit event.
 * A test that passes lets a failing destination try again at once.
 */
export async function testDestination(
  deps: TestDependencies,
  org: string,
  id: string,
  who: Who,
): Promise<TestResult | undefined> {
  const found = await readDestination(deps.pool, org, id);
  if (found === undefined) return undefined;
  const result = await tryWriting(deps, found.state);
  await inTransaction(deps.pool, async (client) => {
    const loaded = await lockDestination(client, id);
    if (loaded === undefined) return;
    const decision = decide(loaded.state, { do: 'test', failure: result.failure });
    if ('events' in decision)
      await appendEvents(client, loaded, decision.events, { by: who.actor.id, soon: result.ok });
    const { name, bucket } = loaded.state.settings;
    const targets = [{ type: 'destination', id, name }] as const;
    const event = { ...who, org, action: 'destination.tested', targets } as const;
    if (result.failure === null) await deps.audit.record(client, { ...event, metadata: { bucket } });
    else
      await deps.audit.record(client, {
        ...event,
        outcome: 'failure',
        metadata: { bucket, code: result.failure.code },
      });
  });
  return result;
}

async function tryWriting(
  { buckets, now, newId }: TestDependencies,
  destination: Destination,
): Promise<TestResult> {
  const { settings } = destination;
  const at = now().toISOString();
  const stamp = at.replaceAll(/[-:]|\.\d+/g, '');
  const key = `${settings.prefix}auditorium-test-${stamp}-${newId().slice(0, 8)}.txt`;
  try {
    await buckets
      .open(destination)
      .putIfAbsent(key, Buffer.from(`Auditorium tested this destination at ${at}.\n`), {
        contentType: 'text/plain; charset=utf-8',
        expectedOwner: ownerOf(settings),
        kmsKeyArn: settings.kmsKeyArn ?? undefined,
      });
  } catch (error) {
    return { ok: false, key: null, failure: causeOf(error, at), warnings: [] };
  }
  return { ok: true, key, failure: null, warnings: [] };
}

function causeOf(error: unknown, at: string): Failure {
  if (!(error instanceof AuditoriumError)) throw error;
  return failureOf({ code: error.code, message: error.message, ...providerAnswerOf(error) }, at);
}

import type { Caller } from '@auditorium/http';
import { inActorTransaction, targetOf } from './actor-transaction.ts';
import type { ActorDependencies } from './actor-transaction.ts';
import { directoryAudit } from './audit-catalogue.ts';
import { changedFields } from './domain/actor.ts';
import { changeActors } from './postgres/actor-store.ts';
import type { ActorId } from './postgres/actor-store.ts';
import { actorRow, markUnpublished } from './postgres/unpublished.ts';

/** What a product says of an actor; what is absent stays as it is. */
export interface ActorReport {
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly roles?: readonly string[] | undefined;
}

/**
 * Takes a product's report of an actor: a new version when something is new, nothing when it repeats what is known. The
 * audit event names the fields that changed, never what they hold.
 */
export function identifyActor(
  dependencies: ActorDependencies,
  org: string,
  actor: ActorId,
  report: ActorReport,
  caller: Caller,
): Promise<{ version: number }> {
  const change = { name: report.name, email: report.email, reportedRoles: report.roles };
  return inActorTransaction(dependencies, async (client) => {
    const [outcome] = await changeActors(client, org, [{ ...actor, change }]);
    if (outcome?.after === undefined) return { version: outcome?.before.version ?? 0 };
    const metadata = {
      version: outcome.after.version,
      changed: changedFields(outcome.before, outcome.after),
    };
    await markUnpublished(client, [actorRow(org, actor)]);
    await directoryAudit.record(client, {
      action: 'actor.identified',
      targets: [targetOf(actor)],
      metadata,
      org,
      ...caller,
    });
    return { version: outcome.after.version };
  });
}

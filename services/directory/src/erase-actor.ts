import type { Caller } from '@auditorium/http';
import { inActorTransaction, targetOf } from './actor-transaction.ts';
import type { ActorDependencies } from './actor-transaction.ts';
import { directoryAudit } from './audit-catalogue.ts';
import { eraseVersions } from './postgres/actor-store.ts';
import type { ActorId } from './postgres/actor-store.ts';
import { actorRow, markUnpublished } from './postgres/unpublished.ts';

/**
 * Forgets an actor's name and address in every version; here is the only place that has them. Erasing again what is
 * erased changes nothing. False when the actor was never heard of.
 */
export function eraseActor(
  dependencies: ActorDependencies,
  org: string,
  actor: ActorId,
  caller: Caller,
): Promise<boolean> {
  return inActorTransaction(dependencies, async (client) => {
    const erasure = await eraseVersions(client, org, actor);
    if (erasure !== 'erased') return erasure === 'nothing';
    await markUnpublished(client, [actorRow(org, actor)]);
    await directoryAudit.record(client, {
      action: 'actor.erased',
      targets: [targetOf(actor)],
      org,
      ...caller,
    });
    return true;
  });
}

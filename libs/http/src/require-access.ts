import { decideAccess } from '@auditorium/access';
import type { AccessAction, DirectoryView, Membership } from '@auditorium/access';
import { Problem } from './problem.ts';

/**
 * The caller's membership in the org (slug or id), when it allows `action`.
 * @throws Problem 404 for those who are no members, as for an org that is not there; 403 with `missing` naming the
 * permission that would have been enough.
 */
export function requireAccess(
  view: DirectoryView,
  principal: { readonly subject: string },
  org: string,
  action: AccessAction,
): Membership {
  const decision = decideAccess(view, principal, org, action);
  if (!decision.allowed && decision.reason === 'missing-permission') {
    throw Problem.forbidden(`this needs ${decision.missing}`, { missing: decision.missing });
  }
  const membership = view.membership(org, principal.subject);
  if (!decision.allowed || membership === undefined)
    throw Problem.notFound('there is no such organisation that you belong to');
  return membership;
}

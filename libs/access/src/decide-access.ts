import type { DirectoryView } from './directory-view.ts';
import { LOG_MANAGEMENT, ORG_ADMIN } from './permission.ts';

/** What somebody wants to do with an org. */
export type AccessAction = 'read-log' | 'manage-destinations' | 'administer';

/**
 * `not-a-member` is answered as if the org did not exist; `missing-permission` names what would have been enough.
 */
export type AccessDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: 'not-a-member' }
  | {
      readonly allowed: false;
      readonly reason: 'missing-permission';
      readonly missing: 'LOG-MANAGEMENT' | 'ORG-ADMIN';
    };

/**
 * Whether `principal` may do `action` in the org (slug or id). Org admins may do everything; the log may also be read
 * with LOG-MANAGEMENT. Operating the platform gives no right to any org's log. Source: requirements WM1, WS5.
 */
export function decideAccess(
  view: DirectoryView,
  principal: { readonly subject: string },
  org: string,
  action: AccessAction,
): AccessDecision {
  const membership = view.membership(org, principal.subject);
  if (membership === undefined) return { allowed: false, reason: 'not-a-member' };
  if (membership.admin) return { allowed: true };
  if (action !== 'read-log') return { allowed: false, reason: 'missing-permission', missing: ORG_ADMIN };
  if (membership.permissions.includes(LOG_MANAGEMENT)) return { allowed: true };
  return { allowed: false, reason: 'missing-permission', missing: LOG_MANAGEMENT };
}

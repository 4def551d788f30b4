import { ORG_ADMIN } from '@auditorium/access';
import type { Organisation } from './organisation.ts';

/** A member with everything that follows from groups and roles, each list sorted. */
export interface ResolvedMember {
  readonly user: string;
  readonly admin: boolean;
  /** Ids of the groups the member is in. */
  readonly groups: readonly string[];
  /** Names of roles, `ORG-ADMIN` among them for an admin: what events carry as `actorroles`. */
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** Every member by user id, permissions resolved through role → group → user. */
export function resolveMembers(state: Organisation | undefined): Map<string, ResolvedMember> {
  const resolved = new Map<string, ResolvedMember>();
  for (const [user, { admin }] of state?.members ?? []) {
    const groups = [...(state?.groups ?? [])].filter(([, group]) => group.members.has(user));
    const roles = groups.flatMap(([, group]) => [...group.roles]).flatMap((id) => state?.roles.get(id) ?? []);
    resolved.set(user, {
      user,
      admin,
      groups: sorted(groups.map(([id]) => id)),
      roles: sorted([...roles.map(({ name }) => name), ...(admin ? [ORG_ADMIN] : [])]),
      permissions: sorted(roles.flatMap(({ permissions }) => permissions)),
    });
  }
  return resolved;
}

function sorted(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}

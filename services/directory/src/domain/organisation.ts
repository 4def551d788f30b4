import type { Permission } from '@auditorium/access';

/** What one member is by itself; permissions come through groups and roles. */
export interface Member {
  readonly admin: boolean;
}

export interface Group {
  readonly name: string;
  readonly members: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
}

export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

/** An organisation as its events have made it. Maps are by id: user, group, role. */
export interface Organisation {
  readonly org: string;
  readonly slug: string;
  readonly name: string;
  readonly plan: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly roles: ReadonlyMap<string, Role>;
}

/**
 * What happened to an organisation. Ids alone, never a name or address of a person: those are kept by version in
 * `actor_version`, where they can be erased, and events cannot.
 */
export type OrganisationEvent =
  | {
      readonly type: 'org.created';
      readonly org: string;
      readonly slug: string;
      readonly name: string;
      readonly plan: string;
    }
  | { readonly type: 'org.plan-changed'; readonly before: string; readonly plan: string }
  | { readonly type: 'member.added'; readonly user: string; readonly admin: boolean }
  | { readonly type: 'member.removed'; readonly user: string }
  | { readonly type: 'member.admin-granted'; readonly user: string }
  | { readonly type: 'member.admin-revoked'; readonly user: string }
  | { readonly type: 'group.created'; readonly group: string; readonly name: string }
  | { readonly type: 'group.renamed'; readonly group: string; readonly before: string; readonly name: string }
  | { readonly type: 'group.deleted'; readonly group: string; readonly name: string }
  | { readonly type: 'group.member-added'; readonly group: string; readonly user: string }
  | { readonly type: 'group.member-removed'; readonly group: string; readonly user: string }
  | { readonly type: 'group.role-granted'; readonly group: string; readonly role: string }
  | { readonly type: 'group.role-revoked'; readonly group: string; readonly role: string }
  | {
      readonly type: 'role.created';
      readonly role: string;
      readonly name: string;
      readonly permissions: readonly Permission[];
    }
  | { readonly type: 'role.changed'; readonly role: string; readonly before: Role; readonly after: Role }
  | { readonly type: 'role.deleted'; readonly role: string; readonly name: string };

/** What somebody wants to happen. Ids and whatever else is random are given, not made here. */
export type OrganisationCommand =
  | {
      readonly type: 'create';
      readonly org: string;
      readonly slug: string;
      readonly name: string;
      readonly plan: string;
      readonly admin: string;
    }
  | { readonly type: 'change-plan'; readonly plan: string }
  | {
      readonly type: 'add-members';
      readonly members: readonly NewMember[];
      readonly groups: readonly string[];
    }
  | { readonly type: 'remove-member'; readonly user: string }
  | { readonly type: 'set-admin'; readonly user: string; readonly admin: boolean }
  | ({ readonly type: 'create-group'; readonly group: string } & GroupContent)
  | ({ readonly type: 'change-group'; readonly group: string } & Partial<GroupContent>)
  | { readonly type: 'delete-group'; readonly group: string }
  | ({ readonly type: 'create-role'; readonly role: string } & Role)
  | ({ readonly type: 'change-role'; readonly role: string } & Partial<Role>)
  | { readonly type: 'delete-role'; readonly role: string };

export interface NewMember {
  readonly user: string;
  readonly admin: boolean;
}

export interface GroupContent {
  readonly name: string;
  /** All of its members, not those to add. */
  readonly members: readonly string[];
  /** All of its roles, not those to add. */
  readonly roles: readonly string[];
}

/** Why a command changes nothing. */
export interface Refusal {
  readonly refused: RefusalCode;
  /** One sentence for the person who asked. */
  readonly detail: string;
}

export type RefusalCode =
  | 'org-exists'
  | 'handle-taken'
  | 'no-such-org'
  | 'no-such-member'
  | 'no-such-group'
  | 'no-such-role'
  | 'group-exists'
  | 'role-exists'
  | 'name-taken'
  | 'name-reserved'
  | 'last-admin'
  | 'too-many';

/** The events that a command makes, in order, none when there is nothing to change; or why it may not. */
export type Decision = readonly OrganisationEvent[] | Refusal;

/** Most of each in one organisation; its access record must fit in one Kafka message. */
export const ORGANISATION_LIMITS = { members: 4000, groups: 500, roles: 500 } as const;

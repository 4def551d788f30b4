import { actorKey } from '@auditorium/events';
import type { AccessRecord, ActorRecord, OrgRecord } from '@auditorium/events';

/** What one user is in one org. */
export interface Membership {
  readonly org: OrgRecord;
  readonly admin: boolean;
  readonly permissions: readonly string[];
}

/** What one user may do in one org. */
type Member = AccessRecord['members'][number];

/**
 * The directory's compacted topics, in memory. Records may come twice, and old ones again after a restart of the
 * publisher: the greater version wins. A null record forgets its key; since a later record of a compacted topic is
 * always the truth, what comes after it is taken again.
 */
export class DirectoryView {
  readonly #orgs = new Map<string, OrgRecord>();
  readonly #orgIdBySlug = new Map<string, string>();
  readonly #access = new Map<string, { version: number; members: Map<string, Member> }>();
  readonly #orgsByUser = new Map<string, Set<string>>();
  readonly #actors = new Map<string, ActorRecord>();

  /** `key` is the message key: the org's id. */
  applyOrg(record: OrgRecord | null, key: string): void {
    const before = this.#orgs.get(key);
    if (record !== null && before !== undefined && before.version >= record.version) return;
    if (before !== undefined && this.#orgIdBySlug.get(before.slug) === key)
      this.#orgIdBySlug.delete(before.slug);
    if (record === null) this.#orgs.delete(key);
    else {
      this.#orgs.set(key, record);
      this.#orgIdBySlug.set(record.slug, key);
    }
  }

  /** `key` is the message key: the org's id. */
  applyAccess(record: AccessRecord | null, key: string): void {
    const before = this.#access.get(key);
    if (record !== null && before !== undefined && before.version >= record.version) return;
    for (const user of before?.members.keys() ?? []) this.#orgsByUser.get(user)?.delete(key);
    if (record === null) {
      this.#access.delete(key);
      return;
    }
    this.#access.set(key, {
      version: record.version,
      members: new Map(record.members.map((m) => [m.user, m])),
    });
    for (const { user } of record.members) this.#orgIdsOf(user).add(key);
  }

  /** `key` is the message key: `org/type/id`. */
  applyActor(record: ActorRecord | null, key: string): void {
    if (record === null) this.#actors.delete(key);
    else if ((this.#actors.get(key)?.version ?? -1) < record.version) this.#actors.set(key, record);
  }

  /** The org with this id, else the one with this slug. */
  org(slugOrId: string): OrgRecord | undefined {
    return this.#orgs.get(slugOrId) ?? this.#orgs.get(this.#orgIdBySlug.get(slugOrId) ?? '');
  }

  /** The orgs that this user is a member of, by slug. */
  orgsOf(user: string): Membership[] {
    return [...(this.#orgsByUser.get(user) ?? [])]
      .map((org) => this.membership(org, user))
      .filter((membership) => membership !== undefined)
      .sort((a, b) => (a.org.slug < b.org.slug ? -1 : 1));
  }

  /** What the user is in this org (slug or id); undefined for those who are no members, and for orgs that are not there. */
  membership(slugOrId: string, user: string): Membership | undefined {
    const org = this.org(slugOrId);
    const member = org && this.#access.get(org.org)?.members.get(user);
    return member && { org, admin: member.admin, permissions: member.permissions };
  }

  /** The newest that is known about an actor; never personal data. */
  actor(org: string, type: string, id: string): ActorRecord | undefined {
    return this.#actors.get(actorKey(org, type, id));
  }

  #orgIdsOf(user: string): Set<string> {
    const known = this.#orgsByUser.get(user) ?? new Set<string>();
    this.#orgsByUser.set(user, known);
    return known;
  }
}

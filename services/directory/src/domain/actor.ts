/** What the directory knows of an actor now. Name and address live in the newest version alone, and in those before. */
export interface Actor {
  /** 0: never heard of. */
  readonly version: number;
  readonly name: string | null;
  readonly email: string | null;
  /** As a product reported them. */
  readonly reportedRoles: readonly string[];
  /** As they follow from membership; empty for those who are no members. */
  readonly memberRoles: readonly string[];
}

/** What is new about an actor; what is absent stays. */
export type ActorChange = { readonly [K in keyof Omit<Actor, 'version'>]?: Actor[K] | undefined };

/** The actor's next version, or undefined when nothing is new: repeating a report makes no version. */
export function nextActorVersion(actor: Actor, change: ActorChange): Actor | undefined {
  const next: Actor = {
    version: actor.version + 1,
    name: change.name === undefined ? actor.name : change.name,
    email: change.email === undefined ? actor.email : change.email,
    reportedRoles: sortedRoles(change.reportedRoles ?? actor.reportedRoles),
    memberRoles: sortedRoles(change.memberRoles ?? actor.memberRoles),
  };
  return actor.version > 0 && changedFields(actor, next).length === 0 ? undefined : next;
}

/** Names of the fields in which two versions differ, never their values: what the audit log may say. */
export function changedFields(before: Actor, after: Actor): string[] {
  const fields = ['name', 'email'].filter((field) => before[field as 'name'] !== after[field as 'name']);
  return String(rolesOf(before)) === String(rolesOf(after)) && sameParts(before, after)
    ? fields
    : [...fields, 'roles'];
}

/** All roles of an actor, each once: what enrichment puts into its events. */
export function rolesOf({
  reportedRoles,
  memberRoles,
}: Pick<Actor, 'reportedRoles' | 'memberRoles'>): string[] {
  return sortedRoles([...reportedRoles, ...memberRoles]);
}

function sameParts(a: Actor, b: Actor): boolean {
  return (
    JSON.stringify([a.reportedRoles, a.memberRoles]) === JSON.stringify([b.reportedRoles, b.memberRoles])
  );
}

function sortedRoles(roles: readonly string[]): string[] {
  return [...new Set(roles)].sort();
}

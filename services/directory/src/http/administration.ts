import type { Caller, Principal } from '@auditorium/http';
import type { Organisation, OrganisationCommand } from '../domain/organisation.ts';
import type { PersonalData } from '../write-change.ts';
import type { OrgAccess } from './org-access.ts';
import type { OrgChanges } from './org-changes.ts';

/** What the admins of an organisation do over HTTP: each step asks first whether the caller is one. */
export class Administration {
  readonly #access: OrgAccess;
  readonly #changes: OrgChanges;
  constructor(access: OrgAccess, changes: OrgChanges) {
    this.#access = access;
    this.#changes = changes;
  }

  /** The id of the organisation, for its admins alone. */
  async orgOf(principal: Principal, slugOrId: string): Promise<string> {
    return (await this.#access.require(principal, slugOrId, 'administer')).org.org;
  }

  /** The organisation as it is, with its groups and roles. */
  async read(principal: Principal, slugOrId: string): Promise<Organisation> {
    return this.#changes.read(await this.orgOf(principal, slugOrId));
  }

  /** The organisation as it is after the command. */
  async carryOut(
    principal: Principal,
    slugOrId: string,
    command: OrganisationCommand,
    caller: Caller,
    personal?: PersonalData,
  ): Promise<Organisation> {
    return this.#changes.carryOut(await this.orgOf(principal, slugOrId), command, caller, personal);
  }
}

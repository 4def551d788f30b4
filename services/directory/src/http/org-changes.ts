import { Problem } from '@auditorium/http';
import type { Caller } from '@auditorium/http';
import { changeOrganisation } from '../change-organisation.ts';
import type { DirectoryRuntime } from '../directory-runtime.ts';
import type { Organisation, OrganisationCommand, Refusal, RefusalCode } from '../domain/organisation.ts';
import { readStream } from '../postgres/organisation-stream.ts';
import type { PersonalData } from '../write-change.ts';

const NOT_FOUND: readonly RefusalCode[] = ['no-such-org', 'no-such-member', 'no-such-group', 'no-such-role'];

/** Commands of the organisation over HTTP: a refusal becomes a problem with its code. */
export class OrgChanges {
  readonly #runtime: DirectoryRuntime;
  constructor(runtime: DirectoryRuntime) {
    this.#runtime = runtime;
  }

  /** The organisation as it is after the command. */
  async carryOut(
    org: string,
    command: OrganisationCommand,
    caller: Caller,
    personal?: PersonalData,
  ): Promise<Organisation> {
    const outcome = await changeOrganisation(this.#runtime, org, command, caller, personal);
    if ('refused' in outcome) throw problemOf(outcome);
    return outcome.organisation;
  }

  /** The organisation as it is, with its groups and roles. */
  async read(org: string): Promise<Organisation> {
    const { state } = await readStream(this.#runtime.pool, org);
    if (state === undefined) throw Problem.notFound();
    return state;
  }
}

function problemOf({ refused, detail }: Refusal): Problem {
  return new Problem(NOT_FOUND.includes(refused) ? 404 : 409, refused, detail);
}

import { actorKey, actorRecordSchema, orgRecordSchema } from '@auditorium/events';

/** Members to add to an event, as JSON with a comma in front. */
export type OrgMetadata = string;
export type ActorMetadata = string;

/**
 * What the directory last said of orgs and actors, as the text that goes into events: compact, and nothing to do for each
 * event but to look it up.
 */
export class Directory {
  readonly #orgs = new Map<string, OrgMetadata>();
  readonly #actors = new Map<string, ActorMetadata>();
  /** Roles as text: thousands of actors share a few of them. */
  readonly #roles = new Map<string, string>();

  get orgs(): number {
    return this.#orgs.size;
  }

  get actors(): number {
    return this.#actors.size;
  }

  /** Applies a message of the topic of orgs. False when it is not what it should be. */
  applyOrg(key: string, value: Buffer | null): boolean {
    if (value === null) return this.#orgs.delete(key) || true;
    const record = orgRecordSchema.safeParse(parse(value));
    if (!record.success || record.data.org !== key) return false;
    const { name, slug } = record.data;
    this.#orgs.set(key, `,"orgname":${text(name)},"orgslug":${text(slug)}`);
    return true;
  }

  /** Applies a message of the topic of actors. False when it is not what it should be. */
  applyActor(key: string, value: Buffer | null): boolean {
    if (value === null) return this.#actors.delete(key) || true;
    const record = actorRecordSchema.safeParse(parse(value));
    if (!record.success) return false;
    const { org, type, id, version, roles } = record.data;
    if (actorKey(org, type, id) !== key) return false;
    this.#actors.set(key, `,"actorversion":${version},"actorroles":${this.#shared(roles)}`);
    return true;
  }

  org(org: string): OrgMetadata | undefined {
    return this.#orgs.get(org);
  }

  actor(org: string, type: string, id: string): ActorMetadata | undefined {
    return this.#actors.get(actorKey(org, type, id));
  }

  #shared(roles: readonly string[]): string {
    const json = `[${roles.map(text).join(',')}]`;
    const known = this.#roles.get(json);
    if (known !== undefined) return known;
    this.#roles.set(json, json);
    return json;
  }
}

/** Text as JSON that an event may hold: no lone surrogate, no NUL. */
function text(value: string): string {
  return JSON.stringify(value.toWellFormed().replaceAll('\0', ''));
}

function parse(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

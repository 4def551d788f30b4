import { z } from 'zod';
import { ACTOR_TYPE, ORG_ID } from './limits.ts';

const org = z.string().regex(ORG_ID);
const version = z.number().int().nonnegative();

/** An organisation on the directory's compacted topic `orgs`. Message key: the org id. */
export const orgRecordSchema = z.object({
  org,
  slug: z.string().min(1),
  name: z.string().min(1),
  plan: z.string().min(1),
  version,
});
export type OrgRecord = z.infer<typeof orgRecordSchema>;

/** An actor on the topic `actors`, never with personal data. Message key: {@link actorKey}. */
export const actorRecordSchema = z.object({
  org,
  type: z.string().regex(ACTOR_TYPE),
  id: z.string().min(1),
  version,
  roles: z.array(z.string()),
});
export type ActorRecord = z.infer<typeof actorRecordSchema>;

/** Who may do what in an org, on the topic `access`, already resolved through role → group → user. Message key: the org id. */
export const accessRecordSchema = z.object({
  org,
  version,
  members: z.array(
    z.object({ user: z.string().min(1), admin: z.boolean(), permissions: z.array(z.string()) }),
  ),
});
export type AccessRecord = z.infer<typeof accessRecordSchema>;

/** Message key of an actor. The partition is that of the org, not of this key. */
export function actorKey(org: string, type: string, id: string): string {
  return `${org}/${type}/${id}`;
}

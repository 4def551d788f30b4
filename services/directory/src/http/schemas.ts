import { PERMISSIONS } from '@auditorium/access';
import { ACTOR_TYPE, ORG_ID } from '@auditorium/events';
import { z } from 'zod';

/** Text for people: no control characters, no half surrogates, which PostgreSQL and JSON readers refuse. */
function text(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must have no control characters');
}

export const userId = text(128).describe('The subject that the identity provider knows the user by');
const memberId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const actorName = text(200).nullable().describe('Shown instead of the id; kept by version and erasable');
const actorEmail = text(320).nullable();

export const newOrg = z.object({
  id: z.string().regex(ORG_ID).optional(),
  slug: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,54}[a-z0-9])?$/),
  name: text(200),
  plan: z.string().regex(/^[a-z0-9-]{1,40}$/),
  admin: z.object({ user: userId, name: actorName.optional(), email: actorEmail.optional() }),
});
export const planChange = newOrg.pick({ plan: true });

export const newMembers = z.object({
  members: z
    .array(
      z.object({
        user: userId,
        name: actorName.optional(),
        email: actorEmail.optional(),
        admin: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(500),
  groups: z.array(memberId).max(100).default([]).describe('Groups that all of them join at once'),
});
export const memberChange = z.object({ admin: z.boolean() });

const groupContent = z.object({
  name: text(100),
  members: z.array(userId).max(4000),
  roles: z.array(memberId).max(500),
});
export const newGroup = groupContent
  .partial({ members: true, roles: true })
  .extend({ id: memberId.optional() });
export const groupChange = groupContent.partial();

const roleContent = z.object({ name: text(100), permissions: z.array(z.enum(PERMISSIONS)) });
export const newRole = roleContent.extend({ id: memberId.optional() });
export const roleChange = roleContent.partial();

export const actorType = z.string().regex(ACTOR_TYPE);
export const actorId = text(2048);
export const actorReport = z.object({
  name: actorName.optional(),
  email: actorEmail.optional(),
  roles: z.array(text(100)).max(100).optional(),
});

export const nameQuestions = z.object({
  org: z.string().regex(ORG_ID),
  actors: z
    .array(z.object({ type: z.string(), id: z.string(), version: z.int().nonnegative().optional() }))
    .max(5000)
    .describe('Without a version: the newest'),
});

/** Pages of a list that is ordered by id. */
export const paging = z.object({
  cursor: z.string().max(2048).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

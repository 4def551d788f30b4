import { createAudit, defineAuditEvent } from '@auditorium/sdk';
import { z } from 'zod';
import { SCHEMA } from './migrations/all-migrations.ts';

const plan = z.object({ plan: z.string() });
const named = z.object({ name: z.string() });
const role = z.object({ name: z.string(), permissions: z.array(z.string()) });

/** Every change to an organisation is an event of that organisation. None carries a name or address of a person. */
export const DIRECTORY_CATALOGUE = [
  defineAuditEvent({
    action: 'org.created',
    version: 1,
    targets: ['org'],
    after: z.object({ slug: z.string(), name: z.string(), plan: z.string() }),
    summary: '{actor} created the organisation {after.name}',
  }),
  defineAuditEvent({
    action: 'org.plan-changed',
    version: 1,
    targets: ['org'],
    before: plan,
    after: plan,
    summary: '{actor} changed the plan from {before.plan} to {after.plan}',
  }),
  defineAuditEvent({
    action: 'member.added',
    version: 1,
    targets: ['user'],
    metadata: z.object({ admin: z.boolean() }),
    summary: '{actor} added the member {target}',
  }),
  defineAuditEvent({
    action: 'member.removed',
    version: 1,
    targets: ['user'],
    summary: '{actor} removed the member {target}',
  }),
  defineAuditEvent({
    action: 'member.admin-granted',
    version: 1,
    targets: ['user'],
    summary: '{actor} made {target} an admin',
  }),
  defineAuditEvent({
    action: 'member.admin-revoked',
    version: 1,
    targets: ['user'],
    summary: '{actor} ended that {target} is an admin',
  }),
  defineAuditEvent({
    action: 'group.created',
    version: 1,
    targets: ['group'],
    summary: '{actor} created the group {target}',
  }),
  defineAuditEvent({
    action: 'group.renamed',
    version: 1,
    targets: ['group'],
    before: named,
    after: named,
    summary: '{actor} renamed the group {before.name} to {after.name}',
  }),
  defineAuditEvent({
    action: 'group.deleted',
    version: 1,
    targets: ['group'],
    summary: '{actor} deleted the group {target}',
  }),
  defineAuditEvent({
    action: 'group.member-added',
    version: 1,
    targets: ['group', 'user'],
    summary: '{actor} put {targets.1} in the group {target}',
  }),
  defineAuditEvent({
    action: 'group.member-removed',
    version: 1,
    targets: ['group', 'user'],
    summary: '{actor} took {targets.1} out of the group {target}',
  }),
  defineAuditEvent({
    action: 'group.role-granted',
    version: 1,
    targets: ['group', 'role'],
    summary: '{actor} granted the role {targets.1} to the group {target}',
  }),
  defineAuditEvent({
    action: 'group.role-revoked',
    version: 1,
    targets: ['group', 'role'],
    summary: '{actor} revoked the role {targets.1} of the group {target}',
  }),
  defineAuditEvent({
    action: 'role.created',
    version: 1,
    targets: ['role'],
    after: role,
    summary: '{actor} created the role {target}',
  }),
  defineAuditEvent({
    action: 'role.changed',
    version: 1,
    targets: ['role'],
    before: role,
    after: role,
    summary: '{actor} changed the role {target}',
  }),
  defineAuditEvent({
    action: 'role.deleted',
    version: 1,
    targets: ['role'],
    summary: '{actor} deleted the role {target}',
  }),
  defineAuditEvent({
    action: 'actor.identified',
    version: 1,
    targets: ['actor'],
    metadata: z.object({ version: z.number(), changed: z.array(z.string()) }),
    summary: '{actor} reported what is known about {target}',
  }),
  defineAuditEvent({
    action: 'actor.erased',
    version: 1,
    targets: ['actor'],
    summary: '{actor} erased the personal data of {target}',
  }),
] as const;

/** Records into this service's own outbox, in the transaction of the change. */
export const directoryAudit = createAudit({
  source: 'auditorium/directory',
  catalogue: DIRECTORY_CATALOGUE,
  outbox: { schema: SCHEMA },
});

/** What `directoryAudit.record` takes. */
export type DirectoryAuditEvent = Parameters<typeof directoryAudit.record>[1];

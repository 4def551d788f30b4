import { z } from 'zod';
import { defineAuditEvent, personal } from '../../src/index.ts';

/** A small catalogue for tests. */
export const projectRenamed = defineAuditEvent({
  action: 'project.renamed',
  version: 1,
  targets: ['project'],
  before: z.object({ name: z.string() }),
  after: z.object({ name: z.string() }),
  summary: '{actor} renamed {target} from {before.name} to {after.name}',
});

export const memberInvited = defineAuditEvent({
  action: 'member.invited',
  version: 2,
  targets: ['member', 'project'],
  metadata: z.object({ email: personal(z.email()), note: z.string().optional() }),
  summary: '{actor} invited {metadata.email} to {targets.1}',
});

export const projectDeleted = defineAuditEvent({
  action: 'project.deleted',
  version: 1,
  targets: ['project'],
  summary: '{actor} deleted {target}',
});

export const catalogue = [projectRenamed, memberInvited, projectDeleted] as const;

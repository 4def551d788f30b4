import { defineAuditEvent, personal } from '@auditorium/sdk';
import { z } from 'zod';

/** Everything that this product audits: the eleven families of operations on projects, their components and their people. */

const version = 1;
const environment = z.enum(['development', 'staging', 'production']);
const deploymentFields = z.object({ environment, version: z.string() });

export const projectCreated = defineAuditEvent({
  action: 'project.created',
  version,
  targets: ['project'],
  after: z.object({ name: z.string(), region: z.string() }),
  summary: '{actor} created the project {target}',
});

export const projectRenamed = defineAuditEvent({
  action: 'project.renamed',
  version,
  targets: ['project'],
  before: z.object({ name: z.string() }),
  after: z.object({ name: z.string() }),
  summary: '{actor} renamed {target} from {before.name} to {after.name}',
});

export const projectConfigured = defineAuditEvent({
  action: 'project.configured',
  version,
  targets: ['project'],
  before: z.object({ region: z.string() }),
  after: z.object({ region: z.string() }),
  summary: '{actor} moved {target} from {before.region} to {after.region}',
});

export const projectDeleted = defineAuditEvent({
  action: 'project.deleted',
  version,
  targets: ['project'],
  before: z.object({ name: z.string(), region: z.string() }),
  summary: '{actor} deleted the project {target}',
});

export const integrationCreated = defineAuditEvent({
  action: 'integration.created',
  version,
  targets: ['integration', 'project'],
  after: z.object({ name: z.string(), endpoint: z.string() }),
  summary: '{actor} added the integration {target} to {targets.1}',
});

export const versionCreated = defineAuditEvent({
  action: 'version.created',
  version,
  targets: ['integration'],
  before: z.object({ version: z.string() }),
  after: z.object({ version: z.string() }),
  summary: '{actor} made version {after.version} of {target}',
});

export const endpointChanged = defineAuditEvent({
  action: 'endpoint.changed',
  version,
  targets: ['integration'],
  before: z.object({ endpoint: z.string() }),
  after: z.object({ endpoint: z.string() }),
  summary: '{actor} pointed {target} to {after.endpoint}',
});

export const accessModeChanged = defineAuditEvent({
  action: 'api.access-mode-changed',
  version,
  targets: ['integration'],
  before: z.object({ accessMode: z.string() }),
  after: z.object({ accessMode: z.string() }),
  summary: '{actor} made the API of {target} {after.accessMode}',
});

export const autoDeployToggled = defineAuditEvent({
  action: 'auto-deploy.toggled',
  version,
  targets: ['integration'],
  before: z.object({ autoDeploy: z.boolean() }),
  after: z.object({ autoDeploy: z.boolean() }),
  summary: '{actor} switched automatic deployment of {target}',
});

export const integrationDeployed = defineAuditEvent({
  action: 'integration.deployed',
  version,
  targets: ['integration', 'project'],
  metadata: deploymentFields,
  summary: '{actor} deployed {target} to {metadata.environment}',
});

export const integrationRedeployed = defineAuditEvent({
  action: 'integration.redeployed',
  version,
  targets: ['integration', 'project'],
  metadata: deploymentFields,
  summary: '{actor} deployed {target} to {metadata.environment} again',
});

export const integrationUndeployed = defineAuditEvent({
  action: 'integration.undeployed',
  version,
  targets: ['integration', 'project'],
  metadata: deploymentFields,
  summary: '{actor} took {target} off {metadata.environment}',
});

export const integrationPromoted = defineAuditEvent({
  action: 'integration.promoted',
  version,
  targets: ['integration', 'project'],
  metadata: z.object({ from: environment, to: environment, version: z.string() }),
  summary: '{actor} promoted {target} from {metadata.from} to {metadata.to}',
});

export const memberInvited = defineAuditEvent({
  action: 'member.invited',
  version,
  targets: ['user'],
  metadata: z.object({ email: personal(z.email()), role: z.string() }),
  summary: '{actor} invited {metadata.email} as {metadata.role}',
});

export const memberRoleChanged = defineAuditEvent({
  action: 'member.role-changed',
  version,
  targets: ['user'],
  before: z.object({ role: z.string() }),
  after: z.object({ role: z.string() }),
  summary: '{actor} made {target} {after.role}',
});

export const memberRemoved = defineAuditEvent({
  action: 'member.removed',
  version,
  targets: ['user'],
  before: z.object({ role: z.string() }),
  summary: '{actor} removed {target}',
});

export const keyCreated = defineAuditEvent({
  action: 'key.created',
  version,
  targets: ['key'],
  after: z.object({ name: z.string(), ending: z.string() }),
  summary: '{actor} created the on-premises key {target}',
});

export const keyRevoked = defineAuditEvent({
  action: 'key.revoked',
  version,
  targets: ['key'],
  before: z.object({ name: z.string(), ending: z.string() }),
  summary: '{actor} revoked the on-premises key {target}',
});

export const catalogue = [
  projectCreated,
  projectRenamed,
  projectConfigured,
  projectDeleted,
  integrationCreated,
  versionCreated,
  endpointChanged,
  accessModeChanged,
  autoDeployToggled,
  integrationDeployed,
  integrationRedeployed,
  integrationUndeployed,
  integrationPromoted,
  memberInvited,
  memberRoleChanged,
  memberRemoved,
  keyCreated,
  keyRevoked,
] as const;

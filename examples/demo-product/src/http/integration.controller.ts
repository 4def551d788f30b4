import { Audited } from '@auditorium/sdk/nest';
import { Body, Controller, Get, Inject, Param, Patch, Post, UseGuards } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { endpointChanged, integrationCreated } from '../catalogue.ts';
import { Integration } from '../entities.ts';
import type { Product } from '../product.ts';
import { integrationTarget, lockedIntegration, lockedProject, newId, projectTarget } from '../product.ts';
import { PRODUCT } from '../tokens.ts';
import { askedTarget } from './asked-target.ts';
import { NeedsRole, RoleGuard } from './role.guard.ts';

const endpoint = z.url({ protocol: /^https$/ });
const newIntegration = z.object({ name: z.string().min(1).max(80), endpoint });
const changedIntegration = z.object({
  endpoint: endpoint.exactOptional(),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .exactOptional(),
  accessMode: z.enum(['private', 'organisation', 'public']).exactOptional(),
  autoDeploy: z.boolean().exactOptional(),
});

type Change = z.infer<typeof changedIntegration>;

const asked = askedTarget('integration');

/** Integrations of a project: endpoints, versions, access mode, automatic deployment. */
@UseGuards(RoleGuard)
@Controller('orgs/:org')
export class IntegrationController {
  readonly #product: Product;

  constructor(@Inject(PRODUCT) product: Product) {
    this.#product = product;
  }

  @Get('integrations')
  list(@Param('org') org: string): Promise<Integration[]> {
    return this.#product.source.getRepository(Integration).find({ where: { org }, order: { name: 'ASC' } });
  }

  @Post('projects/:project/integrations')
  @NeedsRole('developer')
  @Audited(integrationCreated, asked)
  create(
    @Param('org') org: string,
    @Param('project') projectId: string,
    @Body({ schema: newIntegration }) body: z.infer<typeof newIntegration>,
  ): Promise<Integration> {
    return this.#product.change(async (tx) => {
      const project = await lockedProject(tx, org, projectId);
      const integration = tx.create(Integration, { id: newId('i'), org, projectId, ...body, ...FIRST });
      await tx.insert(Integration, integration);
      const targets = [integrationTarget(integration), projectTarget(project)] as const;
      await this.#product.audit.record(tx, { action: 'integration.created', targets, after: body });
      return integration;
    });
  }

  @Patch('integrations/:id')
  @NeedsRole('developer')
  @Audited(endpointChanged, asked)
  update(
    @Param('org') org: string,
    @Param('id') id: string,
    @Body({ schema: changedIntegration }) change: Change,
  ): Promise<Integration> {
    return this.#product.change(async (tx) => {
      const before = await lockedIntegration(tx, org, id);
      const after = tx.create(Integration, Object.assign({}, before, change));
      await this.#recordChanges(tx, before, after);
      await tx.save(Integration, after);
      return after;
    });
  }

  async #recordChanges(tx: EntityManager, before: Integration, after: Integration): Promise<void> {
    const { audit } = this.#product;
    const targets = [integrationTarget(before)] as const;
    if (before.endpoint !== after.endpoint) {
      const change = { before: { endpoint: before.endpoint }, after: { endpoint: after.endpoint } };
      await audit.record(tx, { action: 'endpoint.changed', targets, ...change });
    }
    if (before.version !== after.version) {
      const change = { before: { version: before.version }, after: { version: after.version } };
      await audit.record(tx, { action: 'version.created', targets, ...change });
    }
    if (before.accessMode !== after.accessMode) {
      const change = { before: { accessMode: before.accessMode }, after: { accessMode: after.accessMode } };
      await audit.record(tx, { action: 'api.access-mode-changed', targets, ...change });
    }
    if (before.autoDeploy !== after.autoDeploy) {
      const change = { before: { autoDeploy: before.autoDeploy }, after: { autoDeploy: after.autoDeploy } };
      await audit.record(tx, { action: 'auto-deploy.toggled', targets, ...change });
    }
  }
}

const FIRST = {
  version: '1.0.0',
  accessMode: 'private',
  autoDeploy: false,
  environments: [] as string[],
} as const;

import { Audited } from '@auditorium/sdk/nest';
import {
  Body,
  ConflictException,
  Controller,
  HttpCode,
  Inject,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { integrationDeployed, integrationPromoted, integrationUndeployed } from '../catalogue.ts';
import type { Project } from '../entities.ts';
import { Integration } from '../entities.ts';
import type { Product } from '../product.ts';
import { integrationTarget, lockedIntegration, lockedProject, projectTarget } from '../product.ts';
import { PRODUCT } from '../tokens.ts';
import { askedTarget } from './asked-target.ts';
import { NeedsRole, RoleGuard } from './role.guard.ts';

const ENVIRONMENTS = ['development', 'staging', 'production'] as const;
const place = z.object({ environment: z.enum(ENVIRONMENTS) });

type Place = z.infer<typeof place>;
type Environment = (typeof ENVIRONMENTS)[number];

const asked = askedTarget('integration');

/** Bringing integrations to environments, from one to the next, and off again. */
@UseGuards(RoleGuard)
@Controller('orgs/:org/integrations/:id')
export class DeploymentController {
  readonly #product: Product;

  constructor(@Inject(PRODUCT) product: Product) {
    this.#product = product;
  }

  @Post('deploy')
  @HttpCode(200)
  @NeedsRole('developer')
  @Audited(integrationDeployed, asked)
  deploy(
    @Param('org') org: string,
    @Param('id') id: string,
    @Body({ schema: place }) { environment }: Place,
  ): Promise<Integration> {
    return this.#change(org, id, async (integration, project, record) => {
      const again = integration.environments.includes(environment);
      const fields = {
        targets: targetsOf(integration, project),
        metadata: { environment, version: integration.version },
      };
      await record(
        again
          ? { action: 'integration.redeployed', ...fields }
          : { action: 'integration.deployed', ...fields },
      );
      return again ? integration.environments : [...integration.environments, environment];
    });
  }

  @Post('undeploy')
  @HttpCode(200)
  @NeedsRole('developer')
  @Audited(integrationUndeployed, asked)
  undeploy(
    @Param('org') org: string,
    @Param('id') id: string,
    @Body({ schema: place }) { environment }: Place,
  ): Promise<Integration> {
    return this.#change(org, id, async (integration, project, record) => {
      requireRunning(integration, environment);
      const metadata = { environment, version: integration.version };
      await record({ action: 'integration.undeployed', targets: targetsOf(integration, project), metadata });
      return integration.environments.filter((each) => each !== environment);
    });
  }

  /** Production is for admins to promote to: a deployment there is seen by everybody. */
  @Post('promote')
  @HttpCode(200)
  @NeedsRole('admin')
  @Audited(integrationPromoted, asked)
  promote(
    @Param('org') org: string,
    @Param('id') id: string,
    @Body({ schema: place }) { environment: from }: Place,
  ): Promise<Integration> {
    return this.#change(org, id, async (integration, project, record) => {
      requireRunning(integration, from);
      const to = ENVIRONMENTS[ENVIRONMENTS.indexOf(from) + 1];
      if (to === undefined) throw new ConflictException('there is nothing after production');
      const metadata = { from, to, version: integration.version };
      await record({ action: 'integration.promoted', targets: targetsOf(integration, project), metadata });
      return [...new Set([...integration.environments, to])];
    });
  }

  #change(
    org: string,
    id: string,
    decide: (
      integration: Integration,
      project: Project,
      record: (event: Parameters<Product['audit']['record']>[1]) => Promise<unknown>,
    ) => Promise<string[]>,
  ): Promise<Integration> {
    return this.#product.change(async (tx) => {
      const integration = await lockedIntegration(tx, org, id);
      const project = await lockedProject(tx, org, integration.projectId);
      integration.environments = await decide(integration, project, (event) =>
        this.#product.audit.record(tx, event),
      );
      return tx.save(Integration, integration);
    });
  }
}

function targetsOf(integration: Integration, project: Project) {
  return [integrationTarget(integration), projectTarget(project)] as const;
}

function requireRunning({ name, environments }: Integration, environment: Environment): void {
  if (!environments.includes(environment))
    throw new ConflictException(`${name} does not run in ${environment}`);
}

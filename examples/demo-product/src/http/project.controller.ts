import { Audited } from '@auditorium/sdk/nest';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { projectCreated, projectDeleted, projectRenamed } from '../catalogue.ts';
import { Project } from '../entities.ts';
import type { Product } from '../product.ts';
import { lockedProject, newId, projectTarget, requireFreeName } from '../product.ts';
import { PRODUCT } from '../tokens.ts';
import { askedTarget } from './asked-target.ts';
import { NeedsRole, RoleGuard } from './role.guard.ts';

const name = z.string().min(1).max(80);
const region = z.enum(['eu-central', 'us-east', 'ap-south']);
const newProject = z.object({ name, region: region.default('eu-central') });
const changedProject = z.object({ name: name.exactOptional(), region: region.exactOptional() });

const asked = askedTarget('project');

/** Projects, and their configuration. */
@UseGuards(RoleGuard)
@Controller('orgs/:org/projects')
export class ProjectController {
  readonly #product: Product;

  constructor(@Inject(PRODUCT) product: Product) {
    this.#product = product;
  }

  @Get()
  list(@Param('org') org: string): Promise<Project[]> {
    return this.#product.source.getRepository(Project).find({ where: { org }, order: { name: 'ASC' } });
  }

  @Post()
  @NeedsRole('developer')
  @Audited(projectCreated, asked)
  create(
    @Param('org') org: string,
    @Body({ schema: newProject }) body: z.infer<typeof newProject>,
  ): Promise<Project> {
    return this.#product.change(async (tx) => {
      await requireFreeName(tx, org, body.name);
      const project = tx.create(Project, { id: newId('p'), org, ...body });
      await tx.insert(Project, project);
      await this.#product.audit.record(tx, {
        action: 'project.created',
        targets: [projectTarget(project)],
        after: body,
      });
      return project;
    });
  }

  /** A rename and a move are two facts, and each is told for itself. */
  @Patch(':id')
  @NeedsRole('developer')
  @Audited(projectRenamed, asked)
  update(
    @Param('org') org: string,
    @Param('id') id: string,
    @Body({ schema: changedProject }) body: z.infer<typeof changedProject>,
  ): Promise<Project> {
    const { audit } = this.#product;
    return this.#product.change(async (tx) => {
      const before = await lockedProject(tx, org, id);
      const after = tx.create(Project, Object.assign({}, before, body));
      const targets = [projectTarget(before)] as const;
      if (after.name !== before.name) {
        await requireFreeName(tx, org, after.name);
        const names = { before: { name: before.name }, after: { name: after.name } };
        await audit.record(tx, { action: 'project.renamed', targets, ...names });
      }
      if (after.region !== before.region) {
        const regions = { before: { region: before.region }, after: { region: after.region } };
        await audit.record(tx, { action: 'project.configured', targets, ...regions });
      }
      await tx.update(Project, { id }, { name: after.name, region: after.region });
      return after;
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @NeedsRole('admin')
  @Audited(projectDeleted, asked)
  delete(@Param('org') org: string, @Param('id') id: string): Promise<void> {
    return this.#product.change(async (tx) => {
      const project = await lockedProject(tx, org, id);
      await tx.delete(Project, { id });
      await this.#product.audit.record(tx, {
        action: 'project.deleted',
        targets: [projectTarget(project)],
        before: { name: project.name, region: project.region },
      });
    });
  }
}

import { randomBytes } from 'node:crypto';
import { Caller, OperatorOnly, Principal } from '@auditorium/http';
import { Body, Controller, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Organisation } from '../domain/organisation.ts';
import { OrgAccess } from './org-access.ts';
import { orgBody } from './org-body.ts';
import { OrgChanges } from './org-changes.ts';
import { newOrg, planChange } from './schemas.ts';

/** Organisations: operators make them and set their plan. */
@ApiTags('organisations')
@Controller('api/v1/orgs')
export class OrgController {
  readonly #access: OrgAccess;
  readonly #changes: OrgChanges;
  constructor(@Inject(OrgAccess) access: OrgAccess, @Inject(OrgChanges) changes: OrgChanges) {
    this.#access = access;
    this.#changes = changes;
  }

  @OperatorOnly()
  @Post()
  async create(
    @Body({ schema: newOrg }) body: z.infer<typeof newOrg>,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { slug, name, plan, admin } = body;
    const org = body.id ?? `org_${randomBytes(9).toString('hex')}`;
    const command = { type: 'create', org, slug, name, plan, admin: admin.user } as const;
    const personal = new Map([[admin.user, { name: admin.name, email: admin.email }]]);
    return brief(await this.#changes.carryOut(org, command, caller, personal));
  }

  @Get(':org')
  async show(@Param('org') org: string, @Principal() principal: Principal): Promise<object> {
    return orgBody(await this.#access.requireVisible(principal, org));
  }

  /** What an organisation pays for is not its admins' to change. */
  @OperatorOnly()
  @Put(':org/plan')
  async changePlan(
    @Param('org') slugOrId: string,
    @Body({ schema: planChange }) { plan }: z.infer<typeof planChange>,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { org } = await this.#access.requireExisting(slugOrId);
    return brief(await this.#changes.carryOut(org, { type: 'change-plan', plan }, caller));
  }
}

function brief({ org, slug, name, plan }: Organisation): object {
  return { id: org, slug, name, plan };
}

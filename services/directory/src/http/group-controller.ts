import { randomBytes } from 'node:crypto';
import { Caller, Principal, Problem } from '@auditorium/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Organisation } from '../domain/organisation.ts';
import { OrgAccess } from './org-access.ts';
import { OrgChanges } from './org-changes.ts';
import { pageOf } from './page.ts';
import { groupChange, newGroup, paging } from './schemas.ts';

/** Groups carry roles to their members; for admins of the organisation. */
@ApiTags('groups')
@Controller('api/v1/orgs/:org/groups')
export class GroupController {
  readonly #access: OrgAccess;
  readonly #changes: OrgChanges;
  constructor(@Inject(OrgAccess) access: OrgAccess, @Inject(OrgChanges) changes: OrgChanges) {
    this.#access = access;
    this.#changes = changes;
  }

  @Get()
  async list(
    @Param('org') slugOrId: string,
    @Query({ schema: paging }) page: z.infer<typeof paging>,
    @Principal() principal: Principal,
  ): Promise<object> {
    const { org } = await this.#access.require(principal, slugOrId, 'administer');
    const state = await this.#changes.read(org.org);
    const { items, next } = pageOf(
      [...state.groups.keys()].map((id) => bodyOf(state, id)),
      page,
    );
    return { groups: items, next };
  }

  @Post()
  async create(
    @Param('org') slugOrId: string,
    @Body({ schema: newGroup }) { id, name, members = [], roles = [] }: z.infer<typeof newGroup>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { org } = await this.#access.require(principal, slugOrId, 'administer');
    const group = id ?? `grp_${randomBytes(9).toString('hex')}`;
    const command = { type: 'create-group', group, name, members, roles } as const;
    return bodyOf(await this.#changes.carryOut(org.org, command, caller), group);
  }

  /** What is left out stays as it is; a list that is given replaces the one there was. */
  @Put(':group')
  async change(
    @Param('org') slugOrId: string,
    @Param('group') group: string,
    @Body({ schema: groupChange }) change: z.infer<typeof groupChange>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { org } = await this.#access.require(principal, slugOrId, 'administer');
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const command = { type: 'change-group', group, ...given } as const;
    return bodyOf(await this.#changes.carryOut(org.org, command, caller), group);
  }

  @HttpCode(204)
  @Delete(':group')
  async remove(
    @Param('org') slugOrId: string,
    @Param('group') group: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<void> {
    const { org } = await this.#access.require(principal, slugOrId, 'administer');
    await this.#changes.carryOut(org.org, { type: 'delete-group', group }, caller);
  }
}

function bodyOf(
  { groups }: Organisation,
  id: string,
): { id: string; name: string; members: string[]; roles: string[] } {
  const group = groups.get(id);
  if (group === undefined) throw Problem.notFound();
  return { id, name: group.name, members: [...group.members].sort(), roles: [...group.roles].sort() };
}

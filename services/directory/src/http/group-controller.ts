import { randomBytes } from 'node:crypto';
import { Caller, Principal, Problem } from '@auditorium/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Organisation } from '../domain/organisation.ts';
import { Administration } from './administration.ts';
import { given } from './given.ts';
import { pageOf } from './page.ts';
import { groupChange, newGroup, paging } from './schemas.ts';

/** Groups carry roles to their members; for admins of the organisation. */
@ApiTags('groups')
@Controller('api/v1/orgs/:org/groups')
export class GroupController {
  readonly #administration: Administration;
  constructor(@Inject(Administration) administration: Administration) {
    this.#administration = administration;
  }

  @Get()
  async list(
    @Param('org') slugOrId: string,
    @Query({ schema: paging }) page: z.infer<typeof paging>,
    @Principal() principal: Principal,
  ): Promise<object> {
    const state = await this.#administration.read(principal, slugOrId);
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
    const group = id ?? `grp_${randomBytes(9).toString('hex')}`;
    const command = { type: 'create-group', group, name, members, roles } as const;
    return bodyOf(await this.#administration.carryOut(principal, slugOrId, command, caller), group);
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
    const command = { type: 'change-group', group, ...given(change) } as const;
    return bodyOf(await this.#administration.carryOut(principal, slugOrId, command, caller), group);
  }

  @HttpCode(204)
  @Delete(':group')
  async remove(
    @Param('org') slugOrId: string,
    @Param('group') group: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<void> {
    await this.#administration.carryOut(principal, slugOrId, { type: 'delete-group', group }, caller);
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

import { randomBytes } from 'node:crypto';
import { Caller, Principal, Problem } from '@auditorium/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Organisation } from '../domain/organisation.ts';
import { Administration } from './administration.ts';
import { given } from './given.ts';
import { pageOf } from './page.ts';
import { roleChange, newRole, paging } from './schemas.ts';

/** Roles carry permissions, such as `LOG-MANAGEMENT`; for admins of the organisation. */
@ApiTags('roles')
@Controller('api/v1/orgs/:org/roles')
export class RoleController {
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
      [...state.roles.keys()].map((id) => bodyOf(state, id)),
      page,
    );
    return { roles: items, next };
  }

  @Post()
  async create(
    @Param('org') slugOrId: string,
    @Body({ schema: newRole }) { id, name, permissions }: z.infer<typeof newRole>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const role = id ?? `role_${randomBytes(9).toString('hex')}`;
    const command = { type: 'create-role', role, name, permissions } as const;
    return bodyOf(await this.#administration.carryOut(principal, slugOrId, command, caller), role);
  }

  /** What is left out stays as it is; a list that is given replaces the one there was. */
  @Put(':role')
  async change(
    @Param('org') slugOrId: string,
    @Param('role') role: string,
    @Body({ schema: roleChange }) change: z.infer<typeof roleChange>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const command = { type: 'change-role', role, ...given(change) } as const;
    return bodyOf(await this.#administration.carryOut(principal, slugOrId, command, caller), role);
  }

  @HttpCode(204)
  @Delete(':role')
  async remove(
    @Param('org') slugOrId: string,
    @Param('role') role: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<void> {
    await this.#administration.carryOut(principal, slugOrId, { type: 'delete-role', role }, caller);
  }
}

function bodyOf(
  { roles }: Organisation,
  id: string,
): { id: string; name: string; permissions: readonly string[] } {
  const role = roles.get(id);
  if (role === undefined) throw Problem.notFound();
  return { id, name: role.name, permissions: role.permissions };
}

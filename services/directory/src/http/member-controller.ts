import { Caller, Principal } from '@auditorium/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { DirectoryRuntime } from '../directory-runtime.ts';
import { listMembers } from '../postgres/list-members.ts';
import { Administration } from './administration.ts';
import { cursorAfter, placeOf } from './page.ts';
import { memberChange, newMembers, paging, userId } from './schemas.ts';

/** Members of an organisation; for its admins. */
@ApiTags('members')
@Controller('api/v1/orgs/:org/members')
export class MemberController {
  readonly #administration: Administration;
  readonly #runtime: DirectoryRuntime;
  constructor(
    @Inject(Administration) administration: Administration,
    @Inject(DirectoryRuntime) runtime: DirectoryRuntime,
  ) {
    this.#administration = administration;
    this.#runtime = runtime;
  }

  @Get()
  async list(
    @Param('org') slugOrId: string,
    @Query({ schema: paging }) { cursor, limit }: z.infer<typeof paging>,
    @Principal() principal: Principal,
  ): Promise<object> {
    const org = await this.#administration.orgOf(principal, slugOrId);
    const found = await listMembers(this.#runtime.pool, org, placeOf(cursor) ?? '', limit + 1);
    const members = found.slice(0, limit);
    const last = members.at(-1);
    return { members, next: found.length > limit && last !== undefined ? cursorAfter(last.user) : null };
  }

  /** Several at once, and into groups at once; who is a member already stays as they are, but joins the groups. */
  @Post()
  async add(
    @Param('org') slugOrId: string,
    @Body({ schema: newMembers }) { members, groups }: z.infer<typeof newMembers>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const personal = new Map(members.map(({ user, name, email }) => [user, { name, email }]));
    const { members: now } = await this.#administration.carryOut(
      principal,
      slugOrId,
      { type: 'add-members', members, groups },
      caller,
      personal,
    );
    return { members: members.map(({ user }) => ({ user, admin: now.get(user)?.admin ?? false })) };
  }

  @Patch(':user')
  async change(
    @Param('org') slugOrId: string,
    @Param('user', { schema: userId }) user: string,
    @Body({ schema: memberChange }) { admin }: z.infer<typeof memberChange>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    await this.#administration.carryOut(principal, slugOrId, { type: 'set-admin', user, admin }, caller);
    return { user, admin };
  }

  @HttpCode(204)
  @Delete(':user')
  async remove(
    @Param('org') slugOrId: string,
    @Param('user', { schema: userId }) user: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<void> {
    await this.#administration.carryOut(principal, slugOrId, { type: 'remove-member', user }, caller);
  }
}

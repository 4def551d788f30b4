import { Caller, Principal, Problem } from '@auditorium/http';
import { Body, Controller, Delete, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { DirectoryRuntime } from '../directory-runtime.ts';
import { eraseActor } from '../erase-actor.ts';
import { identifyActor } from '../identify-actor.ts';
import { OrgAccess } from './org-access.ts';
import { actorId, actorReport, actorType } from './schemas.ts';

/** Actors of an organisation's events: products report who they are, admins erase their personal data. */
@ApiTags('actors')
@Controller('api/v1/orgs/:org/actors/:type/:id')
export class ActorController {
  readonly #access: OrgAccess;
  readonly #runtime: DirectoryRuntime;
  constructor(@Inject(OrgAccess) access: OrgAccess, @Inject(DirectoryRuntime) runtime: DirectoryRuntime) {
    this.#access = access;
    this.#runtime = runtime;
  }

  /** Repeating a report changes nothing; what a report leaves out stays as it is. */
  @Put()
  async identify(
    @Param('org') slugOrId: string,
    @Param('type', { schema: actorType }) type: string,
    @Param('id', { schema: actorId }) id: string,
    @Body({ schema: actorReport }) report: z.infer<typeof actorReport>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { org } = await this.#access.requireReporter(principal, slugOrId);
    return { type, id, ...(await identifyActor(this.#runtime, org, { type, id }, report, caller)) };
  }

  /** Erases name and address in every version; ids in events stay, and show as ids from then on. */
  @HttpCode(204)
  @Delete()
  async erase(
    @Param('org') slugOrId: string,
    @Param('type', { schema: actorType }) type: string,
    @Param('id', { schema: actorId }) id: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<void> {
    const { org } = await this.#access.requireEraser(principal, slugOrId);
    if (!(await eraseActor(this.#runtime, org, { type, id }, caller)))
      throw Problem.notFound('nothing is known of this actor');
  }
}

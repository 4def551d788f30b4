import type { AccessAction, DirectoryView } from '@auditorium/access';
import { Caller, Principal, Problem, requireAccess } from '@auditorium/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { changeDestination } from '../change-destination.ts';
import { type Changed, createDestination } from '../create-destination.ts';
import {
  changedDestinationSchema,
  type DestinationSettings,
  includesDestinations,
  type NewDestination,
  newDestinationSchema,
} from '../domain/destination-settings.ts';
import {
  listDestinations,
  listHistory,
  listWindows,
  readDestination,
} from '../postgres/show-destinations.ts';
import { testDestination } from '../test-destination.ts';
import { destinationBody, historyBody, testBody, windowBody } from './destination-body.ts';
import type { DestinationsApi } from './destinations-api.ts';
import { DESTINATIONS, DIRECTORY } from './tokens.ts';

const page = z.object({
  cursor: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
type Page = z.infer<typeof page>;
const isId = (id: string): boolean => z.uuid().safeParse(id).success;

/** Where an org's events go. Its admins manage destinations; who may read the log may see them. */
@ApiTags('destinations')
@Controller('api/v1/orgs/:org/destinations')
export class DestinationsController {
  constructor(
    @Inject(DIRECTORY) private readonly directory: DirectoryView,
    @Inject(DESTINATIONS) private readonly api: DestinationsApi,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All destinations, the oldest first' })
  async list(@Param('org') slug: string, @Principal() principal: Principal): Promise<object> {
    const org = this.#org(slug, principal, 'read-log');
    const destinations = await listDestinations(this.api.pool, org);
    return { destinations: destinations.map((each) => this.#body(each)), next: null };
  }

  @Post()
  @ApiOperation({ summary: 'Connect a bucket; answers with the external ID and the policies for your side' })
  async create(
    @Param('org') slug: string,
    @Body({ schema: newDestinationSchema }) wanted: NewDestination,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const { org } = requireAccess(this.directory, principal, slug, 'manage-destinations');
    if (!includesDestinations(org.plan)) {
      throw new Problem(403, 'plan-excludes', `the plan "${org.plan}" does not include destinations`);
    }
    return this.#shown(org.org, doneOr(await createDestination(this.api, org.org, wanted, caller)));
  }

  @Get(':id')
  async show(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Principal() principal: Principal,
  ): Promise<object> {
    return this.#shown(this.#org(slug, principal, 'read-log'), id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change settings; a failing destination tries again at once' })
  async change(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Body({ schema: changedDestinationSchema }) settings: Partial<DestinationSettings>,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    return this.#change(slug, id, { do: 'change', settings: given }, principal, caller);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Stop all sending; what was delivered stays' })
  async remove(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<void> {
    const org = this.#org(slug, principal, 'manage-destinations');
    doneOr(await changeDestination(this.api, org, known(id), { do: 'delete' }, caller));
  }

  @Post(':id/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Write a small object through the role; says what is wrong and how to mend it' })
  async test(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    const org = this.#org(slug, principal, 'manage-destinations');
    const result = await testDestination(this.api, org, known(id), caller);
    if (result === undefined) throw notFound();
    return testBody(result);
  }

  @Post(':id/pause')
  @HttpCode(200)
  async pause(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    return this.#change(slug, id, { do: 'pause' }, principal, caller);
  }

  @Post(':id/resume')
  @HttpCode(200)
  async resume(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Principal() principal: Principal,
    @Caller() caller: Caller,
  ): Promise<object> {
    return this.#change(slug, id, { do: 'resume' }, principal, caller);
  }

  @Get(':id/windows')
  @ApiOperation({ summary: 'Windows and their objects, the newest first' })
  async windows(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Query({ schema: page }) { cursor, limit }: Page,
    @Principal() principal: Principal,
  ): Promise<object> {
    await this.#shown(this.#org(slug, principal, 'read-log'), id);
    const windows = await listWindows(this.api.pool, id, { before: cursor ?? null, limit });
    return {
      windows: windows.map(windowBody),
      next: windows.length < limit ? null : (windows.at(-1)?.from ?? null),
    };
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'Settings, tests, pauses and failures, the newest first' })
  async history(
    @Param('org') slug: string,
    @Param('id') id: string,
    @Query({ schema: page }) { cursor, limit }: Page,
    @Principal() principal: Principal,
  ): Promise<object> {
    await this.#shown(this.#org(slug, principal, 'read-log'), id);
    const entries = await listHistory(this.api.pool, id, { before: cursor ?? null, limit });
    return {
      history: entries.map(historyBody),
      next: entries.length < limit ? null : (entries.at(-1)?.version ?? null),
    };
  }

  #org(slug: string, principal: Principal, action: AccessAction): string {
    return requireAccess(this.directory, principal, slug, action).org.org;
  }

  async #change(
    slug: string,
    id: string,
    change: Parameters<typeof changeDestination>[3],
    principal: Principal,
    caller: Caller,
  ): Promise<object> {
    const org = this.#org(slug, principal, 'manage-destinations');
    return this.#shown(org, doneOr(await changeDestination(this.api, org, known(id), change, caller)));
  }

  async #shown(org: string, id: string): Promise<object> {
    const found = await readDestination(this.api.pool, org, known(id));
    if (found === undefined) throw notFound();
    return this.#body(found);
  }

  #body(shown: Parameters<typeof destinationBody>[0]): object {
    return destinationBody(shown, this.api.platformPrincipalArn, this.api.region, this.api.now());
  }
}

function doneOr(changed: Changed): string {
  if (changed.outcome === 'done') return changed.id;
  throw changed.outcome === 'absent' ? notFound() : Problem.conflict(changed.because);
}

function known(id: string): string {
  if (!isId(id)) throw notFound();
  return id;
}

const notFound = (): Problem => Problem.notFound('there is no such destination');

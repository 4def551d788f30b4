import type { DirectoryView } from '@auditorium/access';
import { instantOf, outcomeSchema } from '@auditorium/events';
import { Principal, requireAccess } from '@auditorium/http';
import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { followEvents, listEvents } from '../list-events.ts';
import { showEvent, type ShowEventDependencies } from '../show-event.ts';
import { EVENT_DOCUMENT, PAGE_DOCUMENT } from './api-documents.ts';
import { DIRECTORY, LOG_READING } from './tokens.ts';

/** Most events in one answer; large ones end it earlier. */
const MOST_EVENTS = 1000;

/** As strict as an event's own time: PostgreSQL would refuse the year 0, and offsets of 16 hours, with an error of ours. */
const moment = z
  .string()
  .refine((value) => instantOf(value) !== undefined, { error: 'a time like 2026-11-21T02:00:00Z' });
/** NUL is in no text that PostgreSQL keeps or takes. */
const withoutNul = z.string().regex(/^[^\0]*$/, 'holds NUL');
const word = withoutNul.min(1).max(2200);
const eventsQuery = z.object({
  from: moment.optional(),
  to: moment.optional(),
  actor: word.optional(),
  action: word.optional(),
  target: word.optional(),
  outcome: outcomeSchema.optional(),
  text: withoutNul.max(200).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_EVENTS).default(50),
  cursor: z.string().max(400).optional(),
  after: z
    .union([z.literal('latest'), z.coerce.number().int().min(-1).max(Number.MAX_SAFE_INTEGER)])
    .optional(),
});
type EventsQuery = z.infer<typeof eventsQuery>;

/** The audit log of an org, for those who may read it. */
@ApiTags('events')
@Controller('api/v1/orgs/:org/events')
export class EventsController {
  constructor(
    @Inject(DIRECTORY) private readonly directory: DirectoryView,
    @Inject(LOG_READING) private readonly reading: ShowEventDependencies,
  ) {}

  @Get()
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    summary: 'Read the log',
    description:
      'Newest first, page by page through `cursor`. With `after` oldest first in the order of the ledger: pass the answered `position` to go on.',
  })
  @ApiParam({ name: 'org', description: 'Slug or id of the organisation' })
  @ApiQuery({ name: 'from', required: false, description: 'Earliest time of an event, inclusive (RFC 3339)' })
  @ApiQuery({ name: 'to', required: false, description: 'Latest time of an event, exclusive (RFC 3339)' })
  @ApiQuery({ name: 'actor', required: false, description: '`type/id` or id; `*` stands for anything' })
  @ApiQuery({
    name: 'action',
    required: false,
    description: 'Such as `project.renamed`; `*` stands for anything',
  })
  @ApiQuery({
    name: 'target',
    required: false,
    description: '`type/id` or id of any target; `*` stands for anything',
  })
  @ApiQuery({ name: 'outcome', required: false, enum: outcomeSchema.options })
  @ApiQuery({
    name: 'text',
    required: false,
    description: 'Words that all occur in action, actor, targets, outcome or source',
  })
  @ApiQuery({
    name: 'limit',
    required: false,
    description: 'At most so many; fewer where they are large, and `next` or `position` go on from there',
    schema: { type: 'integer', minimum: 1, maximum: MOST_EVENTS, default: 50 },
  })
  @ApiQuery({ name: 'cursor', required: false, description: '`next` or `previous` of an earlier answer' })
  @ApiQuery({
    name: 'after',
    required: false,
    schema: {
      oneOf: [
        { type: 'integer', minimum: -1 },
        { type: 'string', enum: ['latest'] },
      ],
    },
    description:
      'Go up from this position; −1 is the beginning, `latest` answers with the last events there are',
  })
  @ApiOkResponse(PAGE_DOCUMENT)
  async list(
    @Param('org') slug: string,
    @Query({ schema: eventsQuery }) query: EventsQuery,
    @Principal() principal: Principal,
  ): Promise<string> {
    const { org } = requireAccess(this.directory, principal, slug, 'read-log');
    const { limit, cursor, after, ...filter } = query;
    const { events, ...rest } =
      after === undefined
        ? await listEvents(this.reading, org.org, { filter, cursor, limit })
        : await followEvents(this.reading, org.org, { filter, after, limit });
    return `{"events":[${events.join(',')}],${JSON.stringify(rest).slice(1)}`;
  }

  @Get(':key')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'One event, where it lies in the ledger and in which objects it was delivered' })
  @ApiParam({ name: 'org', description: 'Slug or id of the organisation' })
  @ApiParam({ name: 'key', description: '`key` of the event: partition and raw offset' })
  @ApiOkResponse(EVENT_DOCUMENT)
  async show(
    @Param('org') slug: string,
    @Param('key') key: string,
    @Principal() principal: Principal,
  ): Promise<string> {
    const { org } = requireAccess(this.directory, principal, slug, 'read-log');
    const { event, place } = await showEvent(this.reading, org.org, key);
    return `${event.slice(0, event.lastIndexOf('}'))},${JSON.stringify(place).slice(1)}`;
  }
}

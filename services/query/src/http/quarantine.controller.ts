import { ORG_ID } from '@auditorium/events';
import { OperatorOnly, Principal, Problem } from '@auditorium/http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { decodeKey, encodeKey, type EventKey } from '../domain/event-cursor.ts';
import { listQuarantined, readQuarantined, type QuarantinedEvent } from '../postgres/quarantine.ts';
import { resubmitEvent, type ResubmitDependencies } from '../resubmit-event.ts';
import { QUARANTINE_DOCUMENT } from './api-documents.ts';
import { QUARANTINE } from './tokens.ts';

const listQuery = z.object({
  partition: z.coerce.number().int().min(0).max(999_999).optional(),
  code: z
    .string()
    .regex(/^[a-z0-9-]{1,100}$/)
    .optional(),
  org: z.string().regex(ORG_ID).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(40).optional(),
});
const resubmitBody = z
  .object({ org: z.string().regex(ORG_ID).optional(), again: z.boolean().optional() })
  .optional();

/** Rejected events: for operators alone, because the org that an event claims may be forged. */
@ApiTags('quarantine')
@OperatorOnly()
@Controller('api/v1/quarantine')
export class QuarantineController {
  constructor(@Inject(QUARANTINE) private readonly deps: ResubmitDependencies) {}

  @Get()
  @ApiOperation({ summary: 'Rejected events, newest first' })
  @ApiQuery({ name: 'partition', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({ name: 'code', required: false, description: 'Why it was rejected' })
  @ApiQuery({ name: 'org', required: false, description: 'The org that the message key claims' })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
  })
  @ApiQuery({ name: 'cursor', required: false, description: '`next` of an earlier answer' })
  @ApiOkResponse(QUARANTINE_DOCUMENT)
  async list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<object> {
    const { limit, cursor, ...filter } = query;
    const after = cursor === undefined ? undefined : requireKey(cursor);
    const rows = await listQuarantined(this.deps.pool, filter, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { events: page.map(shown), next: rows.length > limit && last ? encodeKey(last) : null };
  }

  @Get(':key')
  @ApiOperation({ summary: 'One rejected event with the bytes that were kept' })
  async show(@Param('key') key: string): Promise<object> {
    const found = await readQuarantined(this.deps.pool, requireKey(key));
    if (!found) throw Problem.notFound('there is no such event in the quarantine');
    const { keyBytes, value, ...event } = found;
    return {
      ...shown(event),
      messageKey: keyBytes?.toString('base64') ?? null,
      value: value?.toString('base64') ?? null,
      // For people; bytes that are no UTF-8 show as replacement characters here and are whole in `value`.
      text: value?.toString('utf8') ?? null,
    };
  }

  @Post(':key/resubmit')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give a rejected event to the raw topic again, after its cause has been mended' })
  resubmit(
    @Param('key') key: string,
    @Body({ schema: resubmitBody }) body: z.infer<typeof resubmitBody>,
    @Principal() principal: Principal,
  ): Promise<object> {
    return resubmitEvent(this.deps, requireKey(key), { ...body, by: principal.subject });
  }
}

function shown(event: QuarantinedEvent): object {
  return { key: encodeKey(event), ...event };
}

function requireKey(key: string): EventKey {
  const decoded = decodeKey(key);
  if (decoded) return decoded;
  throw Problem.notFound('there is no such event in the quarantine');
}

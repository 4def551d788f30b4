import { Problem, ServiceOnly } from '@auditorium/http';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { z } from 'zod';
import type { LocatedEvent } from '../locate-event.ts';
import { LOCATE } from './tokens.ts';

const locateQuery = z.object({
  org: z.string().min(1),
  partition: z.coerce.number().int().min(0),
  rawOffset: z.coerce.number().int().min(0),
});

/** What other services of ours ask. */
@ApiExcludeController()
@ServiceOnly()
@Controller('internal/v1')
export class InternalController {
  constructor(
    @Inject(LOCATE)
    private readonly locate: (
      org: string,
      partition: number,
      rawOffset: number,
    ) => Promise<LocatedEvent | undefined>,
  ) {}

  /** 404 while the event is not sealed. */
  @Get('locate')
  async locateEvent(@Query() query: unknown): Promise<LocatedEvent> {
    const { org, partition, rawOffset } = locateQuery.parse(query);
    const location = await this.locate(org, partition, rawOffset);
    if (!location) throw Problem.notFound('this event is not in the ledger (yet)');
    return location;
  }
}

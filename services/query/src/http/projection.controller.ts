import { ORG_ID, partitionOf } from '@auditorium/events';
import { ServiceOnly } from '@auditorium/http';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type pg from 'pg';
import { z } from 'zod';
import { partitionStates } from '../postgres/checkpoints.ts';
import type { EventReader } from '../postgres/read-events.ts';
import { PROJECTION } from './tokens.ts';

export interface ProjectionDependencies {
  readonly pool: pg.Pool;
  readonly reader: EventReader;
  readonly partitions: number;
  readonly brokers: readonly string[];
  /** The raw topic. */
  readonly topic: string;
}

const projectionQuery = z.object({ org: z.string().regex(ORG_ID).optional() });

/** How far the projection goes, for reconciliation by our own services. */
@ApiExcludeController()
@ServiceOnly()
@Controller('internal/v1/projection')
export class ProjectionController {
  constructor(@Inject(PROJECTION) private readonly deps: ProjectionDependencies) {}

  /** Of an org: its partition, the last raw offset taken there and the org's events. Without one: every partition. */
  @Get()
  async state(@Query({ schema: projectionQuery }) { org }: z.infer<typeof projectionQuery>): Promise<object> {
    const { pool, reader, partitions } = this.deps;
    if (org === undefined) return { partitions: await partitionStates(pool) };
    const partition = partitionOf(org, partitions);
    // The position first, then what lies up to it: whatever comes in between is not counted.
    const [state] = await partitionStates(pool, partition);
    const last = state?.last ?? -1;
    const { gap = null, stopped = null } = state ?? {};
    return { partition, last, gap, stopped, events: await reader.count(org, last) };
  }
}

import { ServiceOnly } from '@auditorium/http';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { GapDependencies } from '../accept-loss.ts';
import { readStops } from '../postgres/stops.ts';
import { GAPS } from './tokens.ts';

/** Which partitions of raw stand still, for reconciliation by our own services. */
@ApiExcludeController()
@ServiceOnly()
@Controller('internal/v1/stops')
export class StopsController {
  constructor(@Inject(GAPS) private readonly deps: GapDependencies) {}

  @Get()
  async list(): Promise<{ stops: { partition: number; code: string; detail: string }[] }> {
    const stops = await readStops(this.deps.pool);
    return { stops: stops.map(({ partition, code, detail }) => ({ partition, code, detail })) };
  }
}

import { Caller, OperatorOnly } from '@auditorium/http';
import { Body, Controller, Get, HttpCode, Inject, Param, ParseIntPipe, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { acceptLoss, type GapDependencies } from '../accept-loss.ts';
import { askToRefill } from '../ask-refill.ts';
import { showStops, type ShownStops } from '../show-stops.ts';
import { GAPS } from './tokens.ts';

const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const refillBody = z.object({ from: offset.optional() }).optional();
const acceptBody = z.object({
  from: offset,
  to: offset,
  reason: z.string().trim().min(1).max(1000),
});

/** Partitions of raw that stand still: for operators alone. */
@ApiTags('gaps')
@OperatorOnly()
@Controller('api/v1/gaps')
export class GapsController {
  constructor(@Inject(GAPS) private readonly deps: GapDependencies) {}

  @Get('enrichment')
  @ApiOperation({
    summary: 'Partitions whose records get no verdict, what was accepted as lost, what was refilled',
  })
  show(): Promise<ShownStops> {
    return showStops(this.deps);
  }

  @Post(':partition/refill')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Let a partition resume from enriched, and give again the verdicts that enriched lacks',
  })
  async refill(
    @Param('partition', ParseIntPipe) partition: number,
    @Body({ schema: refillBody }) body: z.infer<typeof refillBody>,
    @Caller() caller: Caller,
  ): Promise<{ asked: boolean }> {
    return { asked: await askToRefill(this.deps, { partition, from: body?.from, caller }) };
  }

  @Post(':partition/accept')
  @HttpCode(202)
  @ApiOperation({ summary: 'Accept that exactly these raw offsets are lost, for a reason that is kept' })
  async accept(
    @Param('partition', ParseIntPipe) partition: number,
    @Body({ schema: acceptBody }) body: z.infer<typeof acceptBody>,
    @Caller() caller: Caller,
  ): Promise<{ accepted: boolean }> {
    return { accepted: await acceptLoss(this.deps, { partition, ...body, caller }) };
  }
}

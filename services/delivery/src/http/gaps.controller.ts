import { OperatorOnly } from '@auditorium/http';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { showGaps, type ShowGapsDependencies } from '../show-gaps.ts';
import { GAPS } from './tokens.ts';

/** How far the ledger goes: for operators alone. */
@ApiTags('gaps')
@OperatorOnly()
@Controller('api/v1/gaps/ledger')
export class GapsController {
  constructor(@Inject(GAPS) private readonly deps: ShowGapsDependencies) {}

  @Get()
  @ApiOperation({ summary: 'How far the ledger goes in each partition, and which verdicts it lacks' })
  show(): ReturnType<typeof showGaps> {
    return showGaps(this.deps);
  }
}

import { OperatorOnly } from '@auditorium/http';
import { logOffsets } from '@auditorium/kafka';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { partitionStates, type PartitionState } from '../postgres/checkpoints.ts';
import { PROJECTION } from './tokens.ts';
import type { ProjectionDependencies } from './projection.controller.ts';

/** How far the view goes: for operators alone. */
@ApiTags('gaps')
@OperatorOnly()
@Controller('api/v1/gaps/view')
export class GapsController {
  constructor(@Inject(PROJECTION) private readonly deps: ProjectionDependencies) {}

  @Get()
  @ApiOperation({ summary: 'How far the view goes in each partition, and which verdicts it lacks' })
  async show(): Promise<{ partitions: (PartitionState & { waiting: number })[] }> {
    const { pool, brokers, topic } = this.deps;
    const partitions = await partitionStates(pool);
    const raw = await logOffsets(brokers, topic);
    const waitingBehind = ({ partition, last, gap }: PartitionState): number =>
      Math.max(0, (raw.get(partition)?.end ?? 0) - (gap?.to ?? last) - 1);
    return { partitions: partitions.map((each) => ({ ...each, waiting: waitingBehind(each) })) };
  }
}

import type { DirectoryView } from '@auditorium/access';
import { Principal, requireAccess } from '@auditorium/http';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Reconciliation } from '../reconcile.ts';
import { DIRECTORY, RECONCILE } from './tokens.ts';

@ApiTags('reconciliation')
@Controller('api/v1/orgs/:org/reconciliation')
export class ReconciliationController {
  constructor(
    @Inject(DIRECTORY) private readonly directory: DirectoryView,
    @Inject(RECONCILE) private readonly reconcile: (org: string) => Promise<Reconciliation>,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Whether everything is accounted for: the log, the ledger, the view, each destination',
  })
  async read(@Param('org') slug: string, @Principal() principal: Principal): Promise<object> {
    const { org } = requireAccess(this.directory, principal, slug, 'read-log');
    const reconciliation = await this.reconcile(org.org);
    return principal.operator ? reconciliation : withoutNeighbours(reconciliation);
  }
}

/** A partition holds several orgs: how much the others write is not for this one. It is told whether it adds up. */
function withoutNeighbours(reconciliation: Reconciliation): object {
  const { partition, equations, problems, ...rest } = reconciliation;
  const own = equations.filter(({ name }) => name === 'view' || name.startsWith('destination'));
  return {
    ...rest,
    equations: own,
    problems: problems.map((problem) =>
      own.includes(problem) ? problem : { name: problem.name, says: problem.says },
    ),
    partition: { partition: partition.partition },
  };
}

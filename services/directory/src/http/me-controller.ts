import { Principal } from '@auditorium/http';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OrgAccess } from './org-access.ts';
import { orgBody } from './org-body.ts';

/** Who I am and where I belong. */
@ApiTags('me')
@Controller('api/v1/me')
export class MeController {
  readonly #access: OrgAccess;
  constructor(@Inject(OrgAccess) access: OrgAccess) {
    this.#access = access;
  }

  @Get()
  async me(@Principal() principal: Principal): Promise<object> {
    const memberships = await this.#access.membershipsOf(principal.subject);
    return { ...principal, orgs: memberships.map(orgBody) };
  }
}

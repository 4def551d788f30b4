import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ForbiddenException, Inject, Injectable, SetMetadata, UnauthorizedException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import type { Role } from '../entities.ts';
import { Member, ROLES } from '../entities.ts';
import { DATA_SOURCE } from '../tokens.ts';
import type { MemberRequest } from './current-member.ts';
import { bearerOf } from './current-member.ts';

const NEEDS_ROLE = Symbol('needs-role');

/** The least role that a route asks for. Default: viewer. */
export const NeedsRole = (role: Role): MethodDecorator => SetMetadata(NEEDS_ROLE, role);

/** Lets in members of the organisation in the path whose role is enough. */
@Injectable()
export class RoleGuard implements CanActivate {
  readonly #source: DataSource;
  readonly #reflector: Reflector;

  constructor(@Inject(DATA_SOURCE) source: DataSource, @Inject(Reflector) reflector: Reflector) {
    this.#source = source;
    this.#reflector = reflector;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<MemberRequest>();
    const user = bearerOf(request);
    if (user === undefined) throw new UnauthorizedException('say who you are: Authorization: Bearer <user>');
    const org = request.params['org'] ?? '';
    const member = await this.#source.getRepository(Member).findOneBy({ org, user });
    if (member === null) throw new ForbiddenException('you are not a member of this organisation');
    const needed = this.#reflector.get<Role | undefined>(NEEDS_ROLE, context.getHandler()) ?? 'viewer';
    if (ROLES.indexOf(member.role) < ROLES.indexOf(needed)) {
      throw new ForbiddenException(`this needs the role ${needed}, and you are ${member.role}`);
    }
    request.member = member;
    return true;
  }
}
